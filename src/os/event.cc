#include "os/event.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstddef>
#include <ctime>

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

void Watch::add(const Fd& fd) {
  static_assert(sizeof(Entry) == sizeof(pollfd) &&
                offsetof(Entry, events) == offsetof(pollfd, events));
  entries_.push_back({fd.get(), POLLIN, 0});
}

void Watch::wait(std::int64_t timeout_ns) const {
  const timespec limit = {timeout_ns / 1'000'000'000, timeout_ns % 1'000'000'000};
  // The kernel writes down what it saw; nobody here reads it.
  auto* entries = reinterpret_cast<pollfd*>(const_cast<Entry*>(entries_.data()));
  (void)::ppoll(entries, entries_.size(), &limit, nullptr);
}

}  // namespace forknet::os
