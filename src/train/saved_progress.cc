#include "train/saved_progress.h"

#include "os/failpoint.h"

namespace forknet::run {

void SavedProgress::save() {
  step_ = progress_.step;
  changed_ = false;
  if (!live_.survives()) return;
  ProgressState progress = progress_;
  progress.train_seconds += throughput_.train_seconds();
  FORKNET_FAILPOINT("progress/save/before");
  live_.progress().save(progress);
  FORKNET_FAILPOINT("progress/save/after");
}

// Saved progress plus the figures of all later steps gives the progress of any of these steps.
bool SavedProgress::due() const { return changed_ || progress_.step - step_ >= kFigures / 2; }

std::uint64_t SavedProgress::end_of_room() const { return step_ + kFigures; }

}  // namespace forknet::run
