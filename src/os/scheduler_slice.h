// Short scheduler slices on a CPU that other threads use as well.
#pragma once

#include <cstdint>

namespace forknet::os {

// Requests short slices for the calling thread while it lives; destroy it on the same thread. A
// thread that synchronises several times a step then continues soon after it is woken, instead of
// after another thread's slice of milliseconds; its share of the CPU does not grow. Linux 6.12 and
// later; does nothing on older kernels, for policies other than SCHED_OTHER, or if `wanted` is
// false.
class SchedulerSlice {
 public:
  explicit SchedulerSlice(bool wanted);
  ~SchedulerSlice();
  SchedulerSlice(const SchedulerSlice&) = delete;
  SchedulerSlice& operator=(const SchedulerSlice&) = delete;

 private:
  std::uint64_t former_ns_ = 0;  // 0: nothing to undo
};

// Slice of the calling thread in nanoseconds; 0 if the kernel does not say.
[[nodiscard]] std::uint64_t slice_ns();

}  // namespace forknet::os
