// The steps of a run: the rows of each step and the number of steps. The same in the process of the
// run and in its cells' processes.
#pragma once

#include <forknet/config.h>

#include <cstdint>

#include "data/sampler.h"
#include "data/view.h"

namespace forknet::run {

[[nodiscard]] data::Sampler sampler_for(const Config& config, const data::View& rows);
[[nodiscard]] std::uint64_t steps_of(const TrainConfig& train, const data::Sampler& sampler);

}  // namespace forknet::run
