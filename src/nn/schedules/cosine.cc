#include "nn/schedules/cosine.h"

#include "math/scalar_functions.h"
#include "nn/schedules/decay.h"

namespace forknet::nn {
namespace {

class Cosine final : public ScheduleKind {
 public:
  std::string_view name() const override { return "cosine"; }
  std::vector<SettingSpec> settings() const override {
    return {decay_steps_setting(), final_lr_setting()};
  }
  std::vector<std::string> rates() const override { return {"final_lr"}; }
  double rate(double lr, std::uint64_t done, std::uint64_t planned,
              const Settings& settings) const override {
    const double share = elapsed_share(done, planned, settings);
    const double final_lr = settings.number("final_lr");
    return final_lr + (lr - final_lr) * (1.0 + math::cos_pi(share)) / 2.0;
  }
  bool follows_length(const Settings& settings) const override {
    return decays_over_the_run(settings);
  }
};

}  // namespace

std::unique_ptr<const ScheduleKind> cosine_schedule() { return std::make_unique<Cosine>(); }

}  // namespace forknet::nn
