#include "nn/schedules/step.h"

#include <algorithm>

#include "math/scalar_functions.h"
#include "nn/schedules/decay.h"

namespace forknet::nn {
namespace {

class Step final : public ScheduleKind {
 public:
  std::string_view name() const override { return "step"; }
  std::vector<SettingSpec> settings() const override {
    return {decay_steps_setting(), decay_rate_setting()};
  }
  double rate(double lr, std::uint64_t done, std::uint64_t planned,
              const Settings& settings) const override {
    const auto asked = static_cast<std::uint64_t>(settings.whole("decay_steps"));
    const std::uint64_t every = asked > 0 ? asked : std::max<std::uint64_t>(1, (planned + 2) / 3);
    return lr * math::power(settings.number("decay_rate"), done / every);
  }
  bool follows_length(const Settings& settings) const override {
    return decays_over_the_run(settings);
  }
};

}  // namespace

std::unique_ptr<const ScheduleKind> step_schedule() { return std::make_unique<Step>(); }

}  // namespace forknet::nn
