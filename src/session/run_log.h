// log.txt: what happened in a run, a line each: time, process, who writes, text. It is the
// Supervisor who writes, the process that the run was started as; a text that is about a cell names
// it. Further lines of a text are indented, control characters shown as "\x1b". Failing to write
// never disturbs training, and neither does a device that hangs: a line is in the file when line()
// returns, or after a tenth of a second it waits its turn in memory. Any number of threads write.
//   2026-01-31T12:00:00Z pid 123 supervisor: checkpoint at step 469
#pragma once

#include <forknet/result.h>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "os/background_writer.h"
#include "os/fd.h"
#include "os/file_path.h"

namespace forknet::run {

class RunLog {
 public:
  [[nodiscard]] static Result<RunLog> open(const os::FilePath& path);
  // Writes to what is open already.
  explicit RunLog(os::Fd fd);
  void line(std::string_view text) const;

 private:
  struct Shared {
    os::BackgroundWriter writer;
    std::atomic<bool> stuck{false};  // relaxed: only how long the next line is waited for
  };
  std::unique_ptr<Shared> shared_;
};

}  // namespace forknet::run
