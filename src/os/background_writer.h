// Text on its way to a descriptor that may take it late or never: a paused terminal, a pipe that is
// not read, a device that hangs. write() never waits: a thread of its own makes the calls. Texts
// reach the descriptor whole and in order. What finds no room in the queue is dropped and counted,
// and so is what follows, until there is room again; there the reader finds a line with the count.
// Any number of threads write. SIGPIPE, signals of the run and a terminal's SIGTTOU are held off.
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
    std::string name;       // of the thread, for ps and top
    std::size_t bytes = 0;  // that wait at most; as many again may be on their way
    // The text that takes the place of so many dropped lines. Called by the thread.
    std::function<std::string(std::uint64_t lines)> gap;
  };
  // Writes to that stream of the process, or to a descriptor that becomes its own. Where no thread
  // can be had, write() does the work itself.
  BackgroundWriter(Stream stream, Limits limits);
  BackgroundWriter(Fd fd, Limits limits);
  // Waits for no reader. What is in the queue is still written for as long as the process lives and
  // the descriptor takes it.
  ~BackgroundWriter();
  BackgroundWriter(const BackgroundWriter&) = delete;
  BackgroundWriter& operator=(const BackgroundWriter&) = delete;

  // False: it has been dropped.
  bool write(std::string_view text);
  // Only where nothing waits: for what the next one replaces. False: not taken, and not counted.
  bool offer(std::string_view text);
  // Waits until everything has been written, or the time is over (false). Negative: no limit.
  bool wait(std::int64_t timeout_ns) const;
  // Lines, since the beginning.
  [[nodiscard]] std::uint64_t dropped() const;
  // The errno of the first call that failed; 0: none. After EPIPE and its like nothing more is
  // tried: nothing will be read any more.
  [[nodiscard]] int error() const;

 private:
  struct Shared;
  // The thread's too, which outlives this object where its call does not return.
  const std::shared_ptr<Shared> shared_;
  Thread thread_;
};

// Of a process of one's own, such as a cell: what it writes to stderr, be it the last words of the
// C library, is lost rather than waited for where stderr is a pipe or a terminal that takes
// nothing.
void never_wait_for_stderr();

}  // namespace forknet::os
