// metrics.jsonl: one line per log interval and per epoch of a run, in the order of the steps, each
// step once. Lines are built in a fixed buffer: appending allocates nothing.
//   {"step":50,"epoch":0,"loss":0.61,"accuracy":0.83,"learning_rate":0.001,"samples_per_second":1e5}
//   {"step":469,"epoch":1,"train":{"loss":…,"accuracy":…},"validation":{…}|null}
#pragma once

#include <forknet/result.h>
#include <forknet/train.h>

#include <cstdint>
#include <string>

#include "os/fd.h"
#include "os/file.h"

namespace forknet::run {

class MetricsLog {
 public:
  // Opens for appending. First cuts off all lines after `step` steps and the ends of `epochs`
  // epochs, and an incomplete last line.
  [[nodiscard]] static Result<MetricsLog> open(const os::FilePath& path, std::uint64_t step,
                                               std::uint64_t epochs);

  // After an Error no part of the line remains.
  [[nodiscard]] Status append(const Metrics& metrics);
  // After it the lines so far survive a power cut.
  [[nodiscard]] Status sync() { return os::sync_file(fd_, path_); }

 private:
  MetricsLog(os::FilePath path, os::Fd fd, std::size_t bytes)
      : path_(std::move(path)), fd_(std::move(fd)), bytes_(bytes) {}
  os::FilePath path_;
  os::Fd fd_;
  std::size_t bytes_;  // of whole lines
};

}  // namespace forknet::run
