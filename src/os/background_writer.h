// Writes text to a descriptor that may take it late or never: a paused terminal, a pipe without a
// reader, a device that hangs. write() never waits: a separate thread makes the calls. Texts reach
// the descriptor whole and in order. A full queue drops and counts texts until it has room again; a
// line with the count then takes their place. Any number of threads may write. The thread is
// shielded from SIGPIPE, the run's signals and a terminal's SIGTTOU.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "os/fd.h"
#include "os/terminal.h"
#include "os/thread.h"

namespace forknet::os {

class BackgroundWriter {
 public:
  struct Limits {
    std::string name;       // the thread's name in ps and top
    std::size_t bytes = 0;  // limit of the queue; as many again may be in transit
    // The text that replaces the dropped lines. Called by the thread.
    std::function<std::string(std::uint64_t lines)> gap;
  };
  // Writes to that stream of the process, or to a descriptor that it owns from then on. If the
  // system grants no thread, write() does the work itself.
  BackgroundWriter(Stream stream, Limits limits);
  BackgroundWriter(Fd fd, Limits limits);
  // Does not wait for the reader. The queue is still written while the process lives and the
  // descriptor takes it.
  ~BackgroundWriter();
  BackgroundWriter(const BackgroundWriter&) = delete;
  BackgroundWriter& operator=(const BackgroundWriter&) = delete;

  // False: the text was dropped.
  bool write(std::string_view text);
  // Only if nothing waits: for text that the next replaces. False: not taken and not counted.
  bool offer(std::string_view text);
  // Waits until everything is written; false: the time is over. Negative: no limit.
  bool wait(std::int64_t timeout_ns) const;
  // Lines dropped so far.
  [[nodiscard]] std::uint64_t dropped() const;
  // The errno of the first call that failed; 0: none. After EPIPE and similar errors nothing more
  // is written: there is no reader.
  [[nodiscard]] int error() const;

 private:
  struct Shared;
  // Shared with the thread, which outlives this object if its call does not return.
  const std::shared_ptr<Shared> shared_;
  Thread thread_;
};

// For processes of forknet's own, such as cells: if stderr is a pipe or a terminal that takes
// nothing, text written to it (by the C library as well) is lost instead of blocking.
void never_wait_for_stderr();

}  // namespace forknet::os
