// The CPUs this process may use, and which model they are. Memory and tmpfs: os/memory.h, included
// here because whoever plans a run asks for all three.
#pragma once

#include <forknet/result.h>

#include <optional>
#include <string>
#include <vector>

#include "os/memory.h"

namespace forknet::os {

// Logical CPUs that the affinity mask and the cgroup quota allow, whichever is less, at least 1.
// A quota of 2.5 CPUs counts as 2: a third thread would only be throttled.
[[nodiscard]] int cpu_budget();

// The CPUs of this thread's affinity mask, ascending.
[[nodiscard]] std::vector<int> allowed_cpus();

// "AMD Ryzen 9 …"; the architecture's name where the kernel tells no model.
[[nodiscard]] std::string cpu_model_name();

// Binds the calling thread to one CPU.
[[nodiscard]] Status pin_this_thread(int cpu);

// Binds the calling thread for as long as it lives; the same thread ends it. Without a CPU, or when
// that is refused, it does nothing.
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
