#include "os/local_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>

#include "base/try.h"
#include "os/file.h"
#include "os/file_at.h"
#include "os/system_error.h"

namespace forknet::os {
namespace {

// An address by the folder's descriptor, short even for a long path. The FileAt must outlive its
// use.
Result<sockaddr_un> address_of(const FileAt& at, const FilePath& path) {
  sockaddr_un address = {};
  const std::string link = "/proc/self/fd/" + std::to_string(at.folder()) + "/" + at.name();
  address.sun_family = AF_UNIX;
  if (link.size() >= sizeof(address.sun_path)) {
    return Error{ErrorKind::internal, path.text() + ": the name is too long for a socket"};
  }
  link.copy(address.sun_path, link.size());
  return address;
}

Result<Fd> make_socket(const std::string& folder, int more_flags) {
  Fd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | more_flags, 0));
  if (!socket.open()) return system_error("socket", folder);
  return socket;
}

const sockaddr* plain(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

}  // namespace

Result<Fd> listen_at(const FilePath& folder, const std::string& name) {
  constexpr int kWaiting = 16;
  const FilePath path = folder / name;
  FORKNET_ASSIGN(const FileAt at, FileAt::find(path, FileAt::Use::write));
  FORKNET_ASSIGN(const sockaddr_un address, address_of(at, path));
  FORKNET_ASSIGN(Fd socket, make_socket(folder.text(), SOCK_NONBLOCK));
  FORKNET_TRY(remove_file(path));
  // The folder is private; the mode protects the socket if others get access to it later.
  const mode_t mask = ::umask(0177);
  const int bound = ::bind(socket.get(), plain(address), sizeof(address));
  const int error = errno;
  ::umask(mask);
  if (bound != 0) return system_error("bind", path.text(), error);
  if (::listen(socket.get(), kWaiting) != 0) return system_error("listen", path.text());
  return socket;
}

std::optional<Fd> accept_own_user(const Fd& listener) {
  Fd socket(retry_interrupted(
      [&] { return ::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK); }));
  if (!socket.open()) return std::nullopt;
  ucred peer = {};
  socklen_t size = sizeof(peer);
  const bool known = ::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
  if (!known || (peer.uid != ::geteuid() && peer.uid != 0)) return std::nullopt;
  return socket;
}

Result<Fd> connect_to(const FilePath& folder, const std::string& name, std::int64_t timeout_ns) {
  const FilePath path = folder / name;
  FORKNET_ASSIGN(const FileAt at, FileAt::find(path, FileAt::Use::read));
  FORKNET_ASSIGN(const sockaddr_un address, address_of(at, path));
  struct stat status = {};
  if (::fstatat(at.folder(), at.name(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
      !S_ISSOCK(status.st_mode)) {
    return Error{ErrorKind::internal, path.text() + ": is not a socket"};
  }
  FORKNET_ASSIGN(Fd socket, make_socket(folder.text(), 0));  // blocking
  const timeval timeout = {timeout_ns / 1'000'000'000, timeout_ns / 1000 % 1'000'000};
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) != 0) {
    return system_error("setsockopt", path.text());
  }
  const int connected =
      retry_interrupted([&] { return ::connect(socket.get(), plain(address), sizeof(address)); });
  if (connected != 0 && errno == EAGAIN) {
    return Error{ErrorKind::usage, path.text() + ": too many requests at once; try again"};
  }
  if (connected != 0) return system_error("connect", path.text());
  return socket;
}

bool send_message(const Fd& socket, std::string_view text) {
  const auto sent = retry_interrupted(
      [&] { return ::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT); });
  return sent == static_cast<ssize_t>(text.size());
}

Received receive_message(const Fd& socket) {
  std::array<char, kMostMessage> bytes;
  iovec data = {bytes.data(), bytes.size()};
  msghdr header = {};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  const auto got =
      retry_interrupted([&] { return ::recvmsg(socket.get(), &header, MSG_DONTWAIT); });
  if (got < 0) return {"", errno != EAGAIN && errno != EWOULDBLOCK};
  if (got == 0 || (header.msg_flags & MSG_TRUNC) != 0) return {"", true};
  return {std::string(bytes.data(), static_cast<std::size_t>(got)), false};
}

}  // namespace forknet::os
