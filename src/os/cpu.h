// The CPUs that this process may use, and their model. Includes os/memory.h (memory and tmpfs),
// because planning a run needs both.
#pragma once

#include <forknet/result.h>

#include <optional>
#include <string>
#include <vector>

#include "os/memory.h"

namespace forknet::os {

// Logical CPUs that affinity mask and cgroup quota allow, the lesser of both, at least 1. A quota
// of 2.5 CPUs counts as 2: a third thread would be throttled.
[[nodiscard]] int cpu_budget();

// The CPUs of this thread's affinity mask, ascending.
[[nodiscard]] std::vector<int> allowed_cpus();

// "AMD Ryzen 9 …"; the architecture's name if the kernel gives no model.
[[nodiscard]] std::string cpu_model_name();

// Binds the calling thread to one CPU.
[[nodiscard]] Status pin_this_thread(int cpu);

// Binds the calling thread while it lives; destroy it on the same thread. Does nothing without a
// CPU, or if the system refuses.
class PinScope {
 public:
  explicit PinScope(std::optional<int> cpu);
  ~PinScope();
  PinScope(const PinScope&) = delete;
  PinScope& operator=(const PinScope&) = delete;

 private:
  std::vector<int> former_;  // empty: nothing to undo
};

}  // namespace forknet::os
