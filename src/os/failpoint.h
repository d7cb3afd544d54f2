// Places at which a test can make a process die, fail or dawdle, by their names. Each floor that
// has some lists them in its failpoint_names.h; a program says which floors it has. Off unless the
// environment says otherwise; then a place costs one look at a word.
//
//   FORKNET_FAILPOINTS=[again,]name[@cell]:hit:action[,...]
//
// hit: the how-manieth pass of the place in this process, from 1, or "*": every one. action: kill
// (SIGKILL), stop (SIGSTOP), abort, segv, bus, exit (with code 1), delay=MILLISECONDS, or, at a
// call that can fail, error (EIO) or error=ERRNO; at one that moves bytes, short: it moves one.
// @cell: only in the process of that cell. A cell that replaces a dead one takes no notice of the
// text unless it begins with "again,": what killed the first spares its successor.
#pragma once

#include <atomic>
#include <cerrno>
#include <span>
#include <string>
#include <string_view>

namespace forknet::os::failpoints {

// Whether any is set: what every place looks at.
inline constinit std::atomic<bool> on{false};

inline constexpr int kNoCell = -1;

// The places of a floor, at which a process can die or dawdle. Memory that lives as long as the
// program.
using Names = std::span<const std::string_view>;
// From now on these floors' too; the calls of this floor are always known. Before any is set.
void know(std::span<const Names> floors);

// Takes a text like the environment's; a name that is not known is wrong. Says what is wrong with
// the text, else nothing. Not while others pass.
[[nodiscard]] std::string set(std::string_view text, int cell = kNoCell);
void clear();
// From the environment. A text that is wrong ends the process with a message: a test of nothing
// must not pass. `replacement`: a cell that replaces a dead one.
void set_from_environment(int cell, bool replacement);

// What pass() says where a call shall move one byte of those that it is asked to move.
inline constexpr int kShort = -1;

// Does what is set for this place. An errno that the call there shall fail with, kShort, or 0.
[[nodiscard]] int pass(std::string_view name);
// The same; true when the call shall fail: errno is set.
[[nodiscard]] inline bool fails(std::string_view name) {
  const int error = pass(name);
  if (error > 0) errno = error;
  return error > 0;
}

}  // namespace forknet::os::failpoints

// A place where a process can die or dawdle.
#define FORKNET_FAILPOINT(name)                                                       \
  do {                                                                                \
    if (::forknet::os::failpoints::on.load(std::memory_order_relaxed)) [[unlikely]] { \
      (void)::forknet::os::failpoints::pass(name);                                    \
    }                                                                                 \
  } while (false)

// The same before a system call: it fails instead, with -1 and that errno.
#define FORKNET_OR_FAIL(name, ...)                                  \
  (::forknet::os::failpoints::on.load(std::memory_order_relaxed) && \
           ::forknet::os::failpoints::fails(name)                   \
       ? -1                                                         \
       : (__VA_ARGS__))
