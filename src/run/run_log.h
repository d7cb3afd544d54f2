// log.txt: what happened in a run, a line each: time, process, cell, text. Further lines of a text
// are indented, control characters shown as "\x1b". Failing to write never disturbs training.
//   2026-01-31T12:00:00Z pid 123 cell 0,0: checkpoint at step 469
#pragma once

#include <forknet/result.h>

#include <string>
#include <string_view>

#include "os/fd.h"
#include "os/file_path.h"

namespace forknet::run {

class RunLog {
 public:
  [[nodiscard]] static Result<RunLog> open(const os::FilePath& path);
  void line(std::string_view text) const;

 private:
  explicit RunLog(os::Fd fd) : fd_(std::move(fd)) {}
  os::Fd fd_;
};

}  // namespace forknet::run
