#include "os/event.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstddef>

#include "os/system_error.h"
#include "os/timespec.h"

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

void Watch::wait(std::int64_t timeout_ns) {
  const timespec limit = timespec_of(timeout_ns);
  for (Entry& entry : entries_) entry.revents = 0;  // an interrupted call leaves them as they were
  (void)::ppoll(reinterpret_cast<pollfd*>(entries_.data()), entries_.size(), &limit, nullptr);
}

std::vector<bool> wait_for_readable(const std::vector<const Fd*>& fds, std::int64_t timeout_ns) {
  Watch watch;
  for (const Fd* fd : fds) watch.add(*fd);
  watch.wait(timeout_ns);
  std::vector<bool> readable(fds.size());
  for (std::size_t i = 0; i < fds.size(); ++i) readable[i] = watch.readable(i);
  return readable;
}

}  // namespace forknet::os
