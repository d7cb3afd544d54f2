// ppoll(2) with a timeout in nanoseconds, for the files of src/os; poll(2) if a filter denies it.
#pragma once

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "os/system_error.h"
#include "os/timespec.h"

namespace forknet::os {

// timeout_ns < 0: no limit. Returns as ppoll() does: the number of ready entries, or -1.
[[nodiscard]] inline int poll_until(pollfd* entries, std::size_t count, std::int64_t timeout_ns) {
  const timespec limit = timespec_of(timeout_ns);
  const int ready = ::ppoll(entries, count, timeout_ns < 0 ? nullptr : &limit, nullptr);
  if (ready >= 0 || !is_denial(errno)) return ready;
  constexpr std::int64_t kMillisecond = 1'000'000;
  constexpr std::int64_t kMost = 1'000'000;  // milliseconds; the caller checks again
  const std::int64_t left = std::min((timeout_ns + kMillisecond - 1) / kMillisecond, kMost);
  return ::poll(entries, count, timeout_ns < 0 ? -1 : static_cast<int>(left));
}

}  // namespace forknet::os
