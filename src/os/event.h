// Notifications between processes: one writes, the other waits.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "os/fd.h"

namespace forknet::os {

[[nodiscard]] Result<Fd> make_event();
void tell(const Fd& event);
// Clears all notifications so far.
void clear(const Fd& event);

// Descriptors to wait for together, repeatedly. They must outlive it; wait() allocates nothing.
class Watch {
 public:
  void add(const Fd& fd);
  // Waits until one of them is readable, the time is over or a signal arrives.
  void wait(std::int64_t timeout_ns);
  // Whether descriptor `number`, in the order of add(), was readable when wait() returned.
  [[nodiscard]] bool readable(std::size_t number) const { return entries_[number].revents != 0; }

 private:
  struct Entry {  // pollfd, whose header stays in src/os
    int fd;
    short events;
    short revents;
  };
  std::vector<Entry> entries_;
};

// One wait without a Watch; for each descriptor whether it is readable.
[[nodiscard]] std::vector<bool> wait_for_readable(const std::vector<const Fd*>& fds,
                                                  std::int64_t timeout_ns);

}  // namespace forknet::os
