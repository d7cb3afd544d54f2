// `train --json=lines`: a line of JSON on stdout every log interval and at the end of an epoch.
// Training never waits for the reader: up to 16 MiB wait in memory, then lines are dropped, the run
// says so once, and {"run":…,"dropped":N} stands where they were. metrics.jsonl has all of them.
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
  // To another place than stdout.
  JsonLines(const std::string& run, os::Fd out);

  // `note` is told when lines begin to be dropped.
  void show(const Metrics& metrics, const Note& note);
  // Everything has been handed to the reader, within that time; negative: however long that takes,
  // a signal may end it. The errno of the first write that failed, ETIMEDOUT, or 0 for none.
  [[nodiscard]] int finish(std::int64_t timeout_ns = -1);

 private:
  const std::string run_;
  os::BackgroundWriter out_;
  bool told_ = false;
};

}  // namespace forknet::report
