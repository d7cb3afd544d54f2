#include "os/event.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "os/poll_until.h"
#include "os/system_error.h"

namespace forknet::os {

namespace {

// A pipe with one descriptor for both ends.
Result<Fd> pipe_as_event() {
  std::array<int, 2> ends = {-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return system_error("pipe2", "a grid");
  const Fd read(ends[0]);
  const Fd write(ends[1]);
  const std::string name = "/proc/self/fd/" + std::to_string(read.get());
  Fd both(::open(name.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (!both.open()) return system_error("open", name);
  return both;
}

}  // namespace

Result<Fd> make_event() {
  Fd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (event.open()) return event;
  if (is_denial(errno)) return pipe_as_event();
  return system_error("eventfd", "a grid");
}

void tell(const Fd& event) {
  const std::uint64_t one = 1;
  (void)retry_interrupted([&] { return ::write(event.get(), &one, sizeof(one)); });
}

// An eventfd has one number to read, a pipe one per notification.
void clear(const Fd& event) {
  std::array<std::uint64_t, 64> counts = {};
  ssize_t got = 0;
  do {
    got = retry_interrupted([&] { return ::read(event.get(), counts.data(), sizeof(counts)); });
  } while (got == static_cast<ssize_t>(sizeof(counts)));
}

void Watch::add(const Fd& fd) {
  static_assert(sizeof(Entry) == sizeof(pollfd) &&
                offsetof(Entry, events) == offsetof(pollfd, events));
  entries_.push_back({fd.get(), POLLIN, 0});
}

void Watch::wait(std::int64_t timeout_ns) {
  for (Entry& entry : entries_) entry.revents = 0;  // an interrupted call leaves them as they were
  (void)poll_until(reinterpret_cast<pollfd*>(entries_.data()), entries_.size(),
                   std::max<std::int64_t>(0, timeout_ns));
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
