// The checkpoints of a training: written when they are due or ordered, while its cells rest. T is
// float or double.
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
  // Both outlive it.
  Checkpoints(Training<T>& training, const Cells<T>& cells) : training_(training), cells_(cells) {}

  void begin(const TrainingStart& start) { policy_.begin_at(start.committed, start.checkpoint); }
  [[nodiscard]] bool due() const;
  // The next step before which the cells are to rest for one, or for an epoch's end.
  [[nodiscard]] std::uint64_t next_pause() const;
  // At this step. Error: it could not be written, earlier ones are untouched.
  [[nodiscard]] Status save();
  // The same; training goes on without one that could not be written.
  void try_save();
  // There is one of this step, and nothing has removed it.
  [[nodiscard]] bool is_saved() const;
  // The step of the newest that was written.
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
