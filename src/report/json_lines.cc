#include "report/json_lines.h"

#include <fmt/format.h>

#include <cerrno>

#include "train/summary.h"

namespace forknet::report {
namespace {

constexpr std::size_t kMostBytesOfLines = std::size_t{1} << 24;

os::BackgroundWriter::Limits limits_of_lines(const std::string& run) {
  return {"stdout", kMostBytesOfLines,
          [run](std::uint64_t lines) { return run::dropped_json(run, lines) + "\n"; }};
}

}  // namespace

JsonLines::JsonLines(const std::string& run)
    : run_(run), out_(os::Stream::output, limits_of_lines(run)) {}

JsonLines::JsonLines(const std::string& run, os::Fd out)
    : run_(run), out_(std::move(out), limits_of_lines(run)) {}

void JsonLines::show(const Metrics& metrics, const Note& note) {
  const bool taken = out_.write(run::metrics_json(run_, metrics) + "\n");
  if (taken || noted_) return;
  noted_ = true;
  note(
      fmt::format("warning: stdout: the lines of --json=lines are not read: {} MiB wait, more are "
                  "dropped from step {} on\n  metrics.jsonl has all of them; read stdout while the "
                  "run trains",
                  kMostBytesOfLines >> 20, metrics.step));
}

int JsonLines::finish(std::int64_t timeout_ns) {
  if (!out_.wait(timeout_ns)) return ETIMEDOUT;
  return out_.error();
}

}  // namespace forknet::report
