#include "session/run_log.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "base/printable.h"
#include "os/file.h"
#include "os/process.h"

namespace forknet::run {
namespace {

constexpr std::size_t kMostLogBytes = std::size_t{1} << 20;
constexpr std::int64_t kLogPatienceNs = 100'000'000;

os::BackgroundWriter::Limits limits_of_log() {
  return {"log", kMostLogBytes, [](std::uint64_t lines) {
            return fmt::format(
                "{} pid {} supervisor: {} lines were dropped here: the file did not "
                "take them\n",
                iso8601_utc(), os::pid(), lines);
          }};
}

}  // namespace

RunLog::RunLog(os::Fd fd) : shared_(new Shared{{std::move(fd), limits_of_log()}}) {}

Result<RunLog> RunLog::open(const os::FilePath& path) {
  FORKNET_ASSIGN(auto fd, os::open_append(path));
  return RunLog(std::move(fd));
}

void RunLog::line(std::string_view text) const {
  std::string line = fmt::format("{} pid {} supervisor: ", iso8601_utc(), os::pid());
  for (const char c : printable_lines(text)) {
    line += c;
    if (c == '\n') line.append("    ");
  }
  line += '\n';
  (void)shared_->writer.write(line);  // a full disk shows in checkpoints, which matter
  const bool stuck = shared_->stuck.load(std::memory_order_relaxed);
  shared_->stuck.store(!shared_->writer.wait(stuck ? 0 : kLogPatienceNs),
                       std::memory_order_relaxed);
}

}  // namespace forknet::run
