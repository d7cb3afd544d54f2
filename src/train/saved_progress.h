// The progress of a training that survives its process: saved completely at intervals; in between,
// the figures of the steps since the last save (state/control.h) are added, at most kFigures.
#pragma once

#include <cstdint>

#include "state/live_state.h"
#include "state/progress_state.h"
#include "train/throughput.h"

namespace forknet::run {

class SavedProgress {
 public:
  // All arguments outlive this object.
  SavedProgress(LiveState& live, const ProgressState& progress, const Throughput& throughput)
      : live_(live), progress_(progress), throughput_(throughput) {}

  // Saves the current progress to the state that survives this process, if there is one.
  void save();
  // Call when progress changed other than by a step: figures of steps cannot reproduce that.
  void mark_changed() { changed_ = true; }
  // True: save() must be called before the next step.
  [[nodiscard]] bool due() const;
  // The first step that must not be taken before the next save().
  [[nodiscard]] std::uint64_t end_of_room() const;

 private:
  LiveState& live_;
  const ProgressState& progress_;
  const Throughput& throughput_;
  std::uint64_t step_ = 0;  // of the saved progress
  bool changed_ = false;
};

}  // namespace forknet::run
