// What schedules that fall from lr to final_lr have in common.
#pragma once

#include <forknet/settings.h>

#include <cstdint>

namespace forknet::nn {

// Length of the fall in steps; 0: all steps after the warm-up.
[[nodiscard]] SettingSpec decay_steps_setting();
[[nodiscard]] SettingSpec final_lr_setting();
[[nodiscard]] SettingSpec decay_rate_setting();

// Whether the length is that of the run.
[[nodiscard]] bool decays_over_the_run(const Settings& settings);

// The share of the fall that `done` of `planned` steps are: from 0 to 1. Of no steps: 1.
[[nodiscard]] double elapsed_share(std::uint64_t done, std::uint64_t planned,
                                   const Settings& settings);

}  // namespace forknet::nn
