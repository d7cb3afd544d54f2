// Named places at which a test can make a process die, fail or stall. Each floor that has some
// lists them in its failpoint_names.h; a program says which floors it has. Off unless the
// environment sets them; a place then costs one load.
//
//   FORKNET_FAILPOINTS=[again,]name[@cell]:hit:action[,...]
//
// hit: which pass of the place in this process, from 1, or "*": every one. action: kill (SIGKILL),
// stop (SIGSTOP), abort, segv, bus, exit (with code 1), delay=MILLISECONDS; at a call that can fail
// also error (EIO) or error=ERRNO; at one that moves bytes also short: it moves one. @cell: only in
// the process of that cell. A cell that replaces a dead one ignores the text unless it begins with
// "again,", so that the replacement does not die of the same failpoint.
#pragma once

#include <atomic>
#include <cerrno>
#include <span>
#include <string>
#include <string_view>

namespace forknet::os::failpoints {

// Whether any failpoint is set: every place tests this.
inline constinit std::atomic<bool> on{false};

inline constexpr int kNoCell = -1;

// The places of a floor. Memory that lives as long as the program.
using Names = std::span<const std::string_view>;
// Adds these floors' places to the known ones; the calls of this floor are always known. Before any
// is set.
void know(std::span<const Names> floors);

// Sets such a text, of known names; returns what is wrong with it, or "". Not while other threads
// pass places.
[[nodiscard]] std::string set(std::string_view text, int cell = kNoCell);
void clear();
// Sets them from the environment. A malformed text ends the process with a message: a test that
// sets nothing must not pass. `replacement`: this cell replaces a dead one.
void set_from_environment(int cell, bool replacement);

// Result of pass() if the call must move only one byte.
inline constexpr int kShort = -1;

// Executes this place's action. Returns the errno that the call must fail with, kShort, or 0.
[[nodiscard]] int pass(std::string_view name);
// The same; true if the call must fail: errno is set.
[[nodiscard]] inline bool fails(std::string_view name) {
  const int error = pass(name);
  if (error > 0) errno = error;
  return error > 0;
}

}  // namespace forknet::os::failpoints

// A place where a process can die or stall.
#define FORKNET_FAILPOINT(name)                                                       \
  do {                                                                                \
    if (::forknet::os::failpoints::on.load(std::memory_order_relaxed)) [[unlikely]] { \
      (void)::forknet::os::failpoints::pass(name);                                    \
    }                                                                                 \
  } while (false)

// The same before a system call: the call fails instead, with -1 and that errno.
#define FORKNET_OR_FAIL(name, ...)                                  \
  (::forknet::os::failpoints::on.load(std::memory_order_relaxed) && \
           ::forknet::os::failpoints::fails(name)                   \
       ? -1                                                         \
       : (__VA_ARGS__))
