#include "nn/schedules/decay.h"

#include <algorithm>
#include <limits>

namespace forknet::nn {

SettingSpec decay_steps_setting() {
  SettingRange steps;
  steps.most = std::numeric_limits<std::uint32_t>::max();
  return {"decay_steps", 0,
          "its length in steps, 0: the whole run; step: steps between two decays, 0: a third of "
          "the run",
          steps};
}

SettingSpec final_lr_setting() { return {"final_lr", 0.0, "the learning rate at its end"}; }

SettingSpec decay_rate_setting() {
  return {"decay_rate", 0.1, "factor of each decay", {0.0, true}};
}

bool decays_over_the_run(const Settings& settings) { return settings.whole("decay_steps") == 0; }

double elapsed_share(std::uint64_t done, std::uint64_t planned, const Settings& settings) {
  const auto asked = static_cast<std::uint64_t>(settings.whole("decay_steps"));
  const std::uint64_t of = asked > 0 ? asked : planned;
  if (of == 0) return 1.0;
  return std::min(1.0, static_cast<double>(done) / static_cast<double>(of));
}

}  // namespace forknet::nn
