// Passes descriptors between a process and its running children (SCM_RIGHTS). A message carries a
// number and any number of descriptors; it arrives whole or not at all.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <span>
#include <vector>

#include "os/fd.h"

namespace forknet::os {

// The two ends of one connection, close-on-exec.
struct SocketEnds {
  Fd parent;
  Fd child;
};
[[nodiscard]] Result<SocketEnds> make_socket_pair();

// Never waits. Error: the peer is gone or takes nothing more.
[[nodiscard]] Status send_fds(const Fd& socket, std::uint32_t number,
                              std::span<const Fd* const> fds);

struct ReceivedFds {
  std::uint32_t number = 0;
  std::vector<Fd> fds;
};
// Waits for the next message. Error: the peer is gone, or the system grants no descriptors.
[[nodiscard]] Result<ReceivedFds> receive_fds(const Fd& socket);

}  // namespace forknet::os
