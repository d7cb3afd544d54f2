// Decides when a training writes checkpoints and where it pauses for them. No I/O; the only state
// is which checkpoints were written or tried.
#pragma once

#include <forknet/config.h>

#include <cstdint>
#include <optional>

namespace forknet::run {

struct RunLength {
  std::uint64_t steps = 0;
  std::uint64_t steps_per_epoch = 1;
};

// The next step after `step` at which training pauses: for a checkpoint, the end of an epoch or the
// end of the run.
[[nodiscard]] std::uint64_t next_pause(const Interval& every, std::uint64_t step,
                                       const RunLength& length);

class CheckpointPolicy {
 public:
  // Steps before `committed` are only replayed and need no checkpoint. `newest`: the step of the
  // newest existing checkpoint.
  void begin_at(std::uint64_t committed, std::optional<std::uint64_t> newest) {
    committed_ = committed;
    written_ = newest;
  }
  void note_written(std::uint64_t step) { written_ = step; }
  // The checkpoint of this step is not tried again, whether it was written or not.
  void note_tried(std::uint64_t step) { tried_ = step; }
  // The step of the newest checkpoint.
  [[nodiscard]] std::optional<std::uint64_t> written() const { return written_; }

  struct Moment {
    std::uint64_t step = 0;
    bool reached = false;          // the training ends here
    bool weights_of_file = false;  // training began with the weights of a file
  };
  [[nodiscard]] bool due(const Interval& every, const Moment& now, const RunLength& length) const;

 private:
  std::uint64_t committed_ = 0;
  std::optional<std::uint64_t> written_;
  std::optional<std::uint64_t> tried_;
};

}  // namespace forknet::run
