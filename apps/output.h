// stdout, where results go: the one place that writes to it, and that checks what was written. A
// failed write is remembered; finish_output() tells of it once, at the end of the program.
#pragma once

#include <cstdint>
#include <string_view>

namespace forknet::apps {

// Control characters, which terminals apply, are shown and not applied (base/printable.h): names
// and files may hold them.
void print(std::string_view text);
// As it is: sequences that a terminal is to apply.
void print_raw(std::string_view text);

// print() and flush_output(), but where stdout takes nothing for so long, what is left is given up,
// which is a failed write. Negative: no limit.
void print_within(std::string_view text, std::int64_t timeout_ns);

// Hands on what was printed so far. False: this or an earlier write failed, and more would too; a
// command that goes on printing ends.
[[nodiscard]] bool flush_output();

// The exit code of a command that ended with `code`: where its results did not arrive, a line on
// stderr and 1, unless it failed anyway. A reader that went away (a pipe to head) gets no line.
[[nodiscard]] int finish_output(int code);

}  // namespace forknet::apps
