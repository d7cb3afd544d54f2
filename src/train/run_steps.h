// The steps of a run: which rows make which, and how many there are. The same in the process of the
// run and in those of its cells.
#pragma once

#include <forknet/config.h>

#include <cstdint>

#include "data/sampler.h"
#include "data/view.h"

namespace forknet::run {

[[nodiscard]] data::Sampler sampler_for(const Config& config, const data::View& rows);
[[nodiscard]] std::uint64_t steps_of(const TrainConfig& train, const data::Sampler& sampler);

}  // namespace forknet::run
