// log.txt: what happened in a run, a line each: time, process, who writes, text. It is the
// Supervisor who writes, the process that the run was started as; a text that is about a cell names
// it. Further lines of a text
// are indented. Failing to write never disturbs training.
//   2026-01-31T12:00:00Z pid 123 supervisor: checkpoint at step 469
#pragma once

#include <forknet/result.h>

#include <string>
#include <string_view>

#include "os/fd.h"

namespace forknet::run {

class RunLog {
 public:
  [[nodiscard]] static Result<RunLog> open(const std::string& path);
  void line(std::string_view text) const;

 private:
  explicit RunLog(os::Fd fd) : fd_(std::move(fd)) {}
  os::Fd fd_;
};

}  // namespace forknet::run
