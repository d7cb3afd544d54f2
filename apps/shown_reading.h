// Progress of reading a file on stderr, for commands that read one and then print a result.
#pragma once

#include "data/reading.h"
#include "os/background_writer.h"
#include "report/progress.h"

namespace forknet::apps {

class ShownReading {
 public:
  ShownReading();
  // Reads with as many threads as the machine allows; the data does not depend on them. This object
  // outlives the returned one.
  [[nodiscard]] data::Reading reading();
  // Called after reading, before other output to stderr.
  void finish() { progress_.finish(); }

 private:
  os::BackgroundWriter errors_;
  report::Progress progress_;
};

}  // namespace forknet::apps
