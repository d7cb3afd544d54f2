// log.txt: the events of a run, one per line: time, process, writer, text. The writer is the
// Supervisor, the process that the user started; a text about a cell names the cell. Further lines
// of a text are indented, control characters are shown as "\x1b". Neither a failed write nor a
// device that hangs disturbs training: a line is in the file when line() returns, or after a tenth
// of a second waits in memory. Any number of threads may write.
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
  // Writes to an open file.
  explicit RunLog(os::Fd fd);
  void line(std::string_view text) const;

 private:
  struct Shared {
    os::BackgroundWriter writer;
    std::atomic<bool> stuck{false};  // relaxed: only sets the wait of the next line
  };
  std::unique_ptr<Shared> shared_;
};

}  // namespace forknet::run
