// Writes the checkpoints of a training, when due or ordered, while its cells rest. T is float or
// double.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <optional>

#include "train/cells.h"
#include "train/checkpoint_policy.h"
#include "train/first_weights.h"
#include "train/training.h"

namespace forknet::run {

template <class T>
class Checkpoints {
 public:
  // Both arguments outlive this object.
  Checkpoints(Training<T>& training, const Cells<T>& cells) : training_(training), cells_(cells) {}

  void begin(const TrainingStart& start) { policy_.begin_at(start.committed, start.checkpoint); }
  [[nodiscard]] bool due() const;
  // The next step before which the cells rest, for a checkpoint or the end of an epoch.
  [[nodiscard]] std::uint64_t next_pause() const;
  // Writes the checkpoint of the current step. After an Error earlier checkpoints are untouched.
  [[nodiscard]] Status save();
  // Like save(), but logs a failure and lets training continue.
  void try_save();
  // True: a checkpoint of the current step exists.
  [[nodiscard]] bool is_saved() const;
  // The step of the newest checkpoint written.
  [[nodiscard]] std::optional<std::uint64_t> newest() const { return policy_.written(); }

 private:
  [[nodiscard]] RunLength length() const {
    return {training_.total_steps, training_.sampler.steps_per_epoch()};
  }

  Training<T>& training_;
  const Cells<T>& cells_;
  CheckpointPolicy policy_;
};

}  // namespace forknet::run
