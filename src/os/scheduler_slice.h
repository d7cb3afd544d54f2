// Short turns on a CPU that others compute on as well.
#pragma once

#include <cstdint>

namespace forknet::os {

// Asks the scheduler for short turns of the calling thread, for as long as this lives; the same
// thread ends it. A thread that meets others several times a step then goes on soon after it is
// woken, where a neighbour would otherwise finish a turn of milliseconds first; it gets no larger
// share of the CPU. Linux 6.12 and later; does nothing elsewhere, for other policies than the usual
// one, and where `wanted` is false.
class SchedulerSlice {
 public:
  explicit SchedulerSlice(bool wanted);
  ~SchedulerSlice();
  SchedulerSlice(const SchedulerSlice&) = delete;
  SchedulerSlice& operator=(const SchedulerSlice&) = delete;

 private:
  std::uint64_t former_ns_ = 0;  // 0: nothing to undo
};

// Of the calling thread, nanoseconds; 0 where the kernel does not tell.
[[nodiscard]] std::uint64_t turn_ns();

}  // namespace forknet::os
