// A thing that happened, told to another process: written by one, waited for by the other.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "os/fd.h"

namespace forknet::os {

[[nodiscard]] Result<Fd> make_event();
void tell(const Fd& event);
// Forgets what was told.
void clear(const Fd& event);

// Descriptors that are waited for together, again and again. They outlive it; wait() allocates
// nothing.
class Watch {
 public:
  void add(const Fd& fd);
  // Until one of them is readable, the time is over or a signal has come.
  void wait(std::int64_t timeout_ns);
  // Whether wait() came back because of it; numbered as they were added.
  [[nodiscard]] bool readable(std::size_t number) const { return entries_[number].revents != 0; }

 private:
  struct Entry {  // pollfd, whose header stays in src/os
    int fd;
    short events;
    short revents;
  };
  std::vector<Entry> entries_;
};

// The same once: which of them can be read.
[[nodiscard]] std::vector<bool> wait_for_readable(const std::vector<const Fd*>& fds,
                                                  std::int64_t timeout_ns);

}  // namespace forknet::os
