#include "run/run_log.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "os/file.h"
#include "os/process.h"

namespace forknet::run {

Result<RunLog> RunLog::open(const std::string& path) {
  FORKNET_ASSIGN(auto fd, os::open_append(path));
  return RunLog(std::move(fd));
}

void RunLog::line(std::string_view text) const {
  std::string line = fmt::format("{} pid {} supervisor: ", iso8601_utc(), os::pid());
  for (const char c : text) {
    line += c;
    if (c == '\n') line.append("    ");
  }
  line += '\n';
  (void)os::write_all(fd_, line);  // a full disk shows in checkpoints, which matter
}

}  // namespace forknet::run
