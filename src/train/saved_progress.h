// Which progress of a training survives it: saved whole now and then, and between two times
// followed by the figures of the steps since (state/control.h), of which there is room for
// kFigures.
#pragma once

#include <cstdint>

#include "state/live_state.h"
#include "state/progress_state.h"
#include "train/throughput.h"

namespace forknet::run {

class SavedProgress {
 public:
  // All of them outlive it.
  SavedProgress(LiveState& live, const ProgressState& progress, const Throughput& throughput)
      : live_(live), progress_(progress), throughput_(throughput) {}

  // The progress as it is now joins the state that survives this process, if there is one.
  void save();
  // Something besides a step has changed it: the figures of steps do not lead to it.
  void mark_changed() { changed_ = true; }
  // To be saved before the next step.
  [[nodiscard]] bool due() const;
  // Up to there (exclusive) steps may go before it is saved again.
  [[nodiscard]] std::uint64_t end_of_room() const;

 private:
  LiveState& live_;
  const ProgressState& progress_;
  const Throughput& throughput_;
  std::uint64_t step_ = 0;  // of what is saved
  bool changed_ = false;
};

}  // namespace forknet::run
