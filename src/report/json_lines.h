// `train --json=lines`: one line of JSON on stdout per log interval and at the end of an epoch.
// Training never waits for the reader: up to 16 MiB wait in memory, then lines are dropped, the run
// reports it once, and {"run":…,"dropped":N} takes their place. metrics.jsonl has all lines.
#pragma once

#include <forknet/train.h>

#include <cstdint>
#include <functional>
#include <string>

#include "os/background_writer.h"

namespace forknet::report {

class JsonLines {
 public:
  using Note = std::function<void(const std::string&)>;
  explicit JsonLines(const std::string& run);
  // Writes to `out` instead of stdout.
  JsonLines(const std::string& run, os::Fd out);

  // Calls `note` when the first line is dropped.
  void show(const Metrics& metrics, const Note& note);
  // Waits until the reader has taken all lines, at most `timeout_ns`; negative: without limit, a
  // signal may end it. Returns the errno of the first write that failed, ETIMEDOUT, or 0.
  [[nodiscard]] int finish(std::int64_t timeout_ns = -1);

 private:
  const std::string run_;
  os::BackgroundWriter out_;
  bool noted_ = false;
};

}  // namespace forknet::report
