// The starting point of a training: random weights, those of a file, or the state of an earlier
// run. T is float or double.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <optional>

#include "train/training.h"

namespace forknet::run {

// Where training continues.
struct TrainingStart {
  std::uint64_t committed = 0;  // earlier steps are only replayed: the weights include them
  std::optional<std::uint64_t> checkpoint = {};  // the step of the newest
};

// Fills weights, models, progress and commits.
template <class T>
[[nodiscard]] Result<TrainingStart> first_weights(Training<T>& training);

}  // namespace forknet::run
