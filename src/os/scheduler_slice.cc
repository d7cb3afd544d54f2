#include "os/scheduler_slice.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <optional>

namespace forknet::os {
namespace {

constexpr std::uint64_t kShortest = 100'000;  // that the kernel grants

// As sched_setattr(2) has it; the C library of Debian 12 knows neither it nor the calls.
struct Attributes {
  std::uint32_t size = sizeof(Attributes);
  std::uint32_t policy = 0;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0;  // of the usual policy: the length of a turn, nanoseconds
  std::uint64_t deadline = 0;
  std::uint64_t period = 0;
};

std::optional<Attributes> attributes() {
  Attributes own;
  if (::syscall(SYS_sched_getattr, 0, &own, sizeof(own), 0) != 0) return std::nullopt;
  if (own.policy != SCHED_OTHER || own.runtime == 0) return std::nullopt;
  return own;
}

// All else is set to what it is.
bool take_turns_of(std::uint64_t nanoseconds) {
  auto own = attributes();
  if (!own) return false;
  own->runtime = nanoseconds;
  return ::syscall(SYS_sched_setattr, 0, &*own, 0) == 0;
}

}  // namespace

std::uint64_t turn_ns() {
  const auto own = attributes();
  return own ? own->runtime : 0;
}

SchedulerSlice::SchedulerSlice(bool wanted) {
  const std::uint64_t former = wanted ? turn_ns() : 0;
  if (former > kShortest && take_turns_of(kShortest)) former_ns_ = former;
}

SchedulerSlice::~SchedulerSlice() {
  if (former_ns_ > 0) (void)take_turns_of(former_ns_);
}

}  // namespace forknet::os
