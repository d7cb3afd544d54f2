// The terminal behind the program's streams.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "os/environment.h"

namespace forknet::os {

enum class Stream { output, error };  // stdout, stderr

[[nodiscard]] bool is_terminal(Stream stream);

// Columns of the terminal behind stderr or stdout; else COLUMNS; else 80. At least 20.
[[nodiscard]] int terminal_width();
// Its rows, else LINES, else 24. At least 5.
[[nodiscard]] int terminal_height();

// While it lives, keys arrive at once, without echo, and Ctrl-C is a key. The destructor restores
// the terminal.
class Keys {
 public:
  // Nothing if stdin is not a terminal.
  [[nodiscard]] static std::optional<Keys> open();
  Keys(Keys&&) noexcept;
  Keys& operator=(Keys&&) = delete;
  Keys(const Keys&) = delete;
  Keys& operator=(const Keys&) = delete;
  ~Keys();

  // The next key, if one arrives within that time.
  [[nodiscard]] std::optional<char> next(std::int64_t timeout_ns) const;

 private:
  struct Former;
  Keys();
  std::unique_ptr<Former> former_;  // null: moved from
};

// Waits that long for q, Ctrl-C or the end of the input; without keys it waits for the time only.
[[nodiscard]] bool wants_to_leave(const std::optional<Keys>& keys, std::int64_t timeout_ns);

}  // namespace forknet::os
