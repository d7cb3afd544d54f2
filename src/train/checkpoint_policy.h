// When a training writes checkpoints, and where it pauses for them. Pure but for what it remembers
// of checkpoints that were written or tried.
#pragma once

#include <forknet/config.h>

#include <cstdint>
#include <optional>

namespace forknet::run {

struct RunLength {
  std::uint64_t steps = 0;
  std::uint64_t steps_per_epoch = 1;
};

// The next step after `step` before which the weights are looked at: for a checkpoint, an epoch's
// end or the run's.
[[nodiscard]] std::uint64_t next_pause(const Interval& every, std::uint64_t step,
                                       const RunLength& length);

class CheckpointPolicy {
 public:
  // Steps before `committed` are only replayed: their checkpoints have been dealt with. `newest`:
  // the step of the checkpoint that is there.
  void begin_at(std::uint64_t committed, std::optional<std::uint64_t> newest) {
    committed_ = committed;
    written_ = newest;
  }
  void note_written(std::uint64_t step) { written_ = step; }
  // Written or not: it is not tried again at this step.
  void note_tried(std::uint64_t step) { tried_ = step; }
  // The newest one.
  [[nodiscard]] std::optional<std::uint64_t> written() const { return written_; }

  struct Moment {
    std::uint64_t step = 0;
    bool reached = false;          // the training ends here
    bool weights_of_file = false;  // it began with the weights of a file
  };
  [[nodiscard]] bool due(const Interval& every, const Moment& now, const RunLength& length) const;

 private:
  std::uint64_t committed_ = 0;
  std::optional<std::uint64_t> written_;
  std::optional<std::uint64_t> tried_;
};

}  // namespace forknet::run
