// How far a file has been read, on stderr, for the commands that read one and then print a result.
#pragma once

#include "data/reading.h"
#include "os/background_writer.h"
#include "report/progress.h"

namespace forknet::apps {

class ShownReading {
 public:
  ShownReading();
  // With as many threads as the machine gives; what is read is the same. This outlives it.
  [[nodiscard]] data::Reading reading();
  // Nothing more is read: before anything else is written to stderr.
  void finish() { progress_.finish(); }

 private:
  os::BackgroundWriter errors_;
  report::Progress progress_;
};

}  // namespace forknet::apps
