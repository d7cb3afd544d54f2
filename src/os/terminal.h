// What the program's output streams are connected to.
#pragma once

#include "os/environment.h"

namespace forknet::os {

enum class Stream { output, error };  // stdout, stderr

[[nodiscard]] bool is_terminal(Stream stream);

// Columns of the terminal behind stderr or stdout; else COLUMNS; else 80. At least 20.
[[nodiscard]] int terminal_width();

}  // namespace forknet::os
