#include "train/checkpoint_policy.h"

#include <algorithm>

namespace forknet::run {

std::uint64_t next_pause(const Interval& every, std::uint64_t step, const RunLength& length) {
  const auto next_multiple = [&](std::uint64_t of) { return (step / of + 1) * of; };
  std::uint64_t pause =
      std::min(std::max(length.steps, step + 1), next_multiple(length.steps_per_epoch));
  if (every.unit == Interval::Unit::steps) {
    pause = std::min(pause, next_multiple(static_cast<std::uint64_t>(every.steps)));
  }
  return pause;
}

bool CheckpointPolicy::due(const Interval& every, const Moment& now,
                           const RunLength& length) const {
  if (now.step == tried_ || now.step == written_) return false;
  if (now.step < committed_) return false;
  // Weights from a file are not a function of the settings: save them at once.
  if (now.step == 0) return now.weights_of_file;
  if (every.unit == Interval::Unit::off) return false;
  if (now.reached || now.step >= length.steps) return true;
  if (every.unit == Interval::Unit::epoch) return now.step % length.steps_per_epoch == 0;
  return now.step % static_cast<std::uint64_t>(every.steps) == 0;
}

}  // namespace forknet::run
