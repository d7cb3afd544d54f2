// A thing that happened, told to another process: written by one, waited for by the other.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <span>

#include "os/fd.h"

namespace forknet::os {

[[nodiscard]] Result<Fd> make_event();
void tell(const Fd& event);
// Forgets what was told.
void clear(const Fd& event);

// Waits until one of them is readable, the time is over or a signal has come.
void wait_for_any(std::span<const Fd* const> fds, std::int64_t timeout_ns);

}  // namespace forknet::os
