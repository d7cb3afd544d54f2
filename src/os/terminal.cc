#include "os/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace forknet::os {

bool is_terminal(Stream stream) {
  return ::isatty(stream == Stream::output ? STDOUT_FILENO : STDERR_FILENO) == 1;
}

int terminal_width() {
  constexpr int kDefault = 80;
  constexpr int kLeast = 20;
  for (const int fd : {STDERR_FILENO, STDOUT_FILENO}) {
    winsize size = {};
    if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
      return std::max(kLeast, int{size.ws_col});
    }
  }
  const auto columns = environment("COLUMNS");
  const int told = columns ? std::atoi(columns->c_str()) : 0;
  return told > 0 ? std::max(kLeast, told) : kDefault;
}

}  // namespace forknet::os
