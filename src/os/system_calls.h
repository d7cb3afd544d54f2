// The system calls that a container's seccomp filter or an old kernel may deny, with EPERM or
// ENOSYS: since which kernel they are there, and what forknet does without. One table, for error
// messages and for `forknet doctor`.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <string_view>
#include <vector>

namespace forknet::os {

struct SystemCall {
  const char* name;     // as the kernel has it
  const char* since;    // the kernel's version; empty: every one that forknet runs on has it
  const char* without;  // what becomes of a run
  const char* instead;  // what to do where that is an error; empty: there is a fallback
};

// By the name, or by that of the library's function over it ("posix_spawn"). Null: none of them.
[[nodiscard]] const SystemCall* find_call(std::string_view name);

// All of them that this process is denied. Asks each in a way that does nothing.
[[nodiscard]] std::vector<const SystemCall*> denied_calls();
// Error: that call is denied; where it would be noticed late only.
[[nodiscard]] Status granted(std::string_view name, std::string_view object);
// How many there are.
[[nodiscard]] std::size_t known_calls();

}  // namespace forknet::os
