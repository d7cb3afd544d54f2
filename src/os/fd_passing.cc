#include "os/fd_passing.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/try.h"
#include "os/system_calls.h"
#include "os/system_error.h"

namespace forknet::os {
namespace {

constexpr std::size_t kMostFds = 250;  // per packet; the kernel's limit is 253

// A message is one packet or, with many descriptors, several.
struct Packet {
  std::uint32_t number = 0;
  std::uint32_t left = 0;  // descriptors of the packets after this one
};

struct Space {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kMostFds * sizeof(int))> bytes = {};
};

msghdr header_of(iovec& data, Space& space) {
  msghdr header = {};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  header.msg_control = space.bytes.data();
  header.msg_controllen = space.bytes.size();
  return header;
}

Status send_packet(const Fd& socket, Packet packet, std::span<const Fd* const> fds) {
  iovec data = {&packet, sizeof(packet)};
  Space space;
  msghdr header = header_of(data, space);
  std::array<int, kMostFds> numbers = {};
  std::transform(fds.begin(), fds.end(), numbers.begin(), [](const Fd* fd) { return fd->get(); });
  if (fds.empty()) {
    header.msg_control = nullptr;
    header.msg_controllen = 0;
  } else {
    header.msg_controllen = CMSG_SPACE(fds.size() * sizeof(int));
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
    std::memcpy(CMSG_DATA(rights), numbers.data(), fds.size() * sizeof(int));
  }
  const auto sent = retry_interrupted(
      [&] { return ::sendmsg(socket.get(), &header, MSG_DONTWAIT | MSG_NOSIGNAL); });
  if (sent == static_cast<ssize_t>(sizeof(packet))) return {};
  return system_error("sendmsg", "descriptors of a cell");
}

// Takes ownership of the received descriptors, even if the packet is invalid.
void take_fds(msghdr& header, std::vector<Fd>& fds) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof(fd));
      fds.emplace_back(fd);
    }
  }
}

Result<Packet> receive_packet(const Fd& socket, std::vector<Fd>& fds) {
  Packet packet;
  iovec data = {&packet, sizeof(packet)};
  Space space;
  msghdr header = header_of(data, space);
  const auto got =
      retry_interrupted([&] { return ::recvmsg(socket.get(), &header, MSG_CMSG_CLOEXEC); });
  if (got < 0) return system_error("recvmsg", "descriptors of a cell");
  take_fds(header, fds);
  if (got == 0) return Error{ErrorKind::cell, "recvmsg: the supervisor is gone"};
  if (got != static_cast<ssize_t>(sizeof(packet)) || (header.msg_flags & MSG_CTRUNC) != 0) {
    return system_error("recvmsg", "descriptors of a cell", EMFILE);
  }
  return packet;
}

}  // namespace

Result<SocketEnds> make_socket_pair() {
  // Checked first, so that cells are not started in vain.
  for (const char* const call : {"sendmsg", "recvmsg"}) FORKNET_TRY(granted(call, "of a cell"));
  std::array<int, 2> ends = {};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return system_error("socketpair", "of a cell");
  }
  return SocketEnds{Fd(ends[0]), Fd(ends[1])};
}

Status send_fds(const Fd& socket, std::uint32_t number, std::span<const Fd* const> fds) {
  do {
    const std::size_t count = std::min(kMostFds, fds.size());
    const auto left = static_cast<std::uint32_t>(fds.size() - count);
    FORKNET_TRY(send_packet(socket, {number, left}, fds.first(count)));
    fds = fds.subspan(count);
  } while (!fds.empty());
  return {};
}

Result<ReceivedFds> receive_fds(const Fd& socket) {
  ReceivedFds received;
  Packet packet;
  do {
    FORKNET_ASSIGN(packet, receive_packet(socket, received.fds));
  } while (packet.left > 0);
  received.number = packet.number;
  return received;
}

}  // namespace forknet::os
