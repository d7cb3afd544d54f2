#include "os/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstring>
#include <limits>

#include "os/environment.h"
#include "os/process.h"

namespace forknet::os {
namespace {

std::optional<std::int64_t> positive_number(const std::optional<std::string>& text) {
  std::int64_t number = 0;
  if (!text) return std::nullopt;
  const auto parsed = std::from_chars(text->data(), text->data() + text->size(), number);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == text->data() + text->size();
  return whole && number > 0 ? std::optional(number) : std::nullopt;
}

// A path or, after "@", an abstract name; "" for one that a socket cannot have.
std::string socket_name(const std::optional<std::string>& text) {
  if (!text || text->size() < 2 || text->size() > sizeof(sockaddr_un::sun_path)) return "";
  std::string name = *text;
  if (name.front() == '@') name.front() = '\0';
  return name.front() == '\0' || name.front() == '/' ? name : "";
}

}  // namespace

ServiceManager ServiceManager::from_environment() {
  constexpr std::int64_t kMicrosecond = 1000;
  ServiceManager manager;
  manager.name_ = socket_name(take_environment("NOTIFY_SOCKET"));
  const auto microseconds = positive_number(take_environment("WATCHDOG_USEC"));
  const auto whose = take_environment("WATCHDOG_PID");
  if (manager.name_.empty()) return manager;
  manager.socket_ = Fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const bool ours = !whose || positive_number(whose) == std::int64_t{pid()};
  const bool sensible =
      microseconds && *microseconds < std::numeric_limits<std::int64_t>::max() / kMicrosecond;
  if (ours && sensible) manager.watchdog_ns_ = *microseconds * kMicrosecond;
  return manager;
}

void ServiceManager::tell(std::string_view text) const {
  if (!socket_.open()) return;
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name_.data(), name_.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
  (void)::sendto(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                 reinterpret_cast<const sockaddr*>(&address), size);
}

}  // namespace forknet::os
