// What a training begins with: drawn weights, those of a file, or all of a run that went before. T
// is float or double.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <optional>

#include "train/training.h"

namespace forknet::run {

// Where it goes on.
struct TrainingStart {
  std::uint64_t committed = 0;  // the steps before it are only replayed: the weights are past them
  std::optional<std::uint64_t> checkpoint = {};  // the step of the newest one
};

// Fills weights, models, progress and commits.
template <class T>
[[nodiscard]] Result<TrainingStart> first_weights(Training<T>& training);

}  // namespace forknet::run
