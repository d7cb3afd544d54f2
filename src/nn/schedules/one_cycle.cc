#include "nn/schedules/one_cycle.h"

#include "math/scalar_functions.h"
#include "nn/schedules/decay.h"

namespace forknet::nn {
namespace {

// Along half a wave; `share` from 0 to 1.
double between(double from, double to, double share) {
  return to + (from - to) * (1.0 + math::cos_pi(share)) / 2.0;
}

class OneCycle final : public ScheduleKind {
 public:
  std::string_view name() const override { return "one_cycle"; }
  std::vector<SettingSpec> settings() const override {
    return {decay_steps_setting(),
            final_lr_setting(),
            {"pct_start", 0.3, "share of its steps in which the rate rises", {0.0, false, 1.0}},
            {"div_factor", 25.0, "it begins with lr divided by this", {0.0, true}}};
  }
  std::vector<std::string> rates() const override { return {"final_lr"}; }
  double rate(double lr, std::uint64_t done, std::uint64_t planned,
              const Settings& settings) const override {
    const double share = elapsed_share(done, planned, settings);
    const double top = settings.number("pct_start");
    if (share < top) return between(lr / settings.number("div_factor"), lr, share / top);
    return between(lr, settings.number("final_lr"), (share - top) / (1.0 - top));
  }
  bool follows_length(const Settings& settings) const override {
    return decays_over_the_run(settings);
  }
};

}  // namespace

std::unique_ptr<const ScheduleKind> one_cycle_schedule() { return std::make_unique<OneCycle>(); }

}  // namespace forknet::nn
