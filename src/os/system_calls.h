// The system calls that a container's seccomp filter or an old kernel may deny, with EPERM or
// ENOSYS: the kernel version that introduced them, and what forknet does without. One table, for
// error messages and for `forknet doctor`.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <string_view>
#include <vector>

namespace forknet::os {

struct SystemCall {
  const char* name;     // as the kernel has it
  const char* since;    // kernel version; empty: every supported kernel has it
  const char* without;  // the effect on a run
  const char* instead;  // what to do if that is an error; empty: there is a fallback
};

// By its name, or by that of a library function ("posix_spawn"). Null: not in the table.
[[nodiscard]] const SystemCall* find_call(std::string_view name);

// All calls of the table that this process is denied. Tests each in a way that has no effect.
[[nodiscard]] std::vector<const SystemCall*> denied_calls();
// Error: that call is denied. For calls whose denial would be noticed too late.
[[nodiscard]] Status granted(std::string_view name, std::string_view object);
// The size of the table.
[[nodiscard]] std::size_t known_calls();

}  // namespace forknet::os
