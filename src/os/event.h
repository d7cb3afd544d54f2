// A thing that happened, told to another process: written by one, waited for by the other.
#pragma once

#include <forknet/result.h>

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
  void wait(std::int64_t timeout_ns) const;

 private:
  struct Entry {  // pollfd, whose header stays in src/os
    int fd;
    short events;
    short revents;
  };
  std::vector<Entry> entries_;
};

}  // namespace forknet::os
