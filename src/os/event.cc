#include "os/event.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <ctime>
#include <vector>

#include "os/system_error.h"

namespace forknet::os {

Result<Fd> make_event() {
  Fd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event.open()) return system_error("eventfd", "a grid");
  return event;
}

void tell(const Fd& event) {
  const std::uint64_t one = 1;
  (void)retry_interrupted([&] { return ::write(event.get(), &one, sizeof(one)); });
}

void clear(const Fd& event) {
  std::uint64_t count = 0;
  (void)retry_interrupted([&] { return ::read(event.get(), &count, sizeof(count)); });
}

void wait_for_any(std::span<const Fd* const> fds, std::int64_t timeout_ns) {
  std::vector<pollfd> watched;
  watched.reserve(fds.size());
  for (const Fd* fd : fds) watched.push_back({fd->get(), POLLIN, 0});
  const timespec limit = {timeout_ns / 1'000'000'000, timeout_ns % 1'000'000'000};
  (void)::ppoll(watched.data(), watched.size(), &limit, nullptr);
}

}  // namespace forknet::os
