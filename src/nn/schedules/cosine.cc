#include "nn/schedules/cosine.h"

#include <algorithm>
#include <limits>

#include "math/scalar_functions.h"

namespace forknet::nn {
namespace {

class Cosine final : public ScheduleKind {
 public:
  std::string_view name() const override { return "cosine"; }
  std::vector<SettingSpec> settings() const override {
    SettingRange steps;
    steps.most = std::numeric_limits<std::uint32_t>::max();
    return {{"decay_steps", 0, "its length in steps; 0: the whole run", steps},
            {"final_lr", 0.0, "the learning rate at its end"}};
  }
  std::vector<std::string> rates() const override { return {"final_lr"}; }
  double rate(double lr, std::uint64_t done, std::uint64_t planned,
              const Settings& settings) const override {
    const auto asked = static_cast<std::uint64_t>(settings.whole("decay_steps"));
    const std::uint64_t of = asked > 0 ? asked : planned;
    const double share =
        of == 0 ? 1.0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(of));
    const double final_lr = settings.number("final_lr");
    return final_lr + (lr - final_lr) * (1.0 + math::cos_pi(share)) / 2.0;
  }
  bool follows_length(const Settings& settings) const override {
    return settings.whole("decay_steps") == 0;
  }
};

}  // namespace

std::unique_ptr<const ScheduleKind> cosine_schedule() { return std::make_unique<Cosine>(); }

}  // namespace forknet::nn
