// Descriptors that go from a process to its children while they run (SCM_RIGHTS). A message carries
// a number and as many descriptors as one likes; it comes whole or not at all.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <span>
#include <vector>

#include "os/fd.h"

namespace forknet::os {

// Two ends of one connection, close-on-exec.
struct SocketEnds {
  Fd parent;
  Fd child;
};
[[nodiscard]] Result<SocketEnds> make_socket_pair();

// Never waits: an end whose other one takes nothing any more is an Error.
[[nodiscard]] Status send_fds(const Fd& socket, std::uint32_t number,
                              std::span<const Fd* const> fds);

struct ReceivedFds {
  std::uint32_t number = 0;
  std::vector<Fd> fds;
};
// Waits for the next message. Error: the other end is gone, or the system grants no descriptors.
[[nodiscard]] Result<ReceivedFds> receive_fds(const Fd& socket);

}  // namespace forknet::os
