// Writes results to stdout; no other code does. A failed write is remembered; finish_output()
// reports it once, at the end of the program.
#pragma once

#include <cstdint>
#include <string_view>

namespace forknet::apps {

// Prints control characters, which names and files may hold, in a visible form that terminals do
// not interpret (base/printable.h).
void print(std::string_view text);
// Prints the text unchanged, for sequences that a terminal interprets.
void print_raw(std::string_view text);

// print() and flush_output(); if stdout takes nothing for that time, the rest is dropped, which is
// a failed write. Negative: no limit.
void print_within(std::string_view text, std::int64_t timeout_ns);

// Writes what was printed so far. False: this or an earlier write failed; a command that prints
// repeatedly then ends.
[[nodiscard]] bool flush_output();

// The exit code of a command that ended with `code`: if its results were not written, a line on
// stderr and 1, unless it failed anyway. If the reader closed the pipe (`| head`), there is no
// line.
[[nodiscard]] int finish_output(int code);

}  // namespace forknet::apps
