#include "os/terminal.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace forknet::os {
namespace {

// The terminal's value, else the environment's, else a default.
int extent(unsigned short winsize::*of, const char* variable, int otherwise, int least) {
  for (const int fd : {STDERR_FILENO, STDOUT_FILENO}) {
    winsize size = {};
    if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.*of > 0) return std::max(least, int{size.*of});
  }
  const auto text = environment(variable);
  const int number = text ? std::atoi(text->c_str()) : 0;
  return number > 0 ? std::max(least, number) : otherwise;
}

constexpr char kEnd = 4;        // Ctrl-D
constexpr char kInterrupt = 3;  // Ctrl-C

}  // namespace

bool is_terminal(Stream stream) {
  return ::isatty(stream == Stream::output ? STDOUT_FILENO : STDERR_FILENO) == 1;
}

int terminal_width() { return extent(&winsize::ws_col, "COLUMNS", 80, 20); }
int terminal_height() { return extent(&winsize::ws_row, "LINES", 24, 5); }

struct Keys::Former {
  termios settings = {};
};

Keys::Keys() : former_(std::make_unique<Former>()) {}
Keys::Keys(Keys&&) noexcept = default;

std::optional<Keys> Keys::open() {
  Keys keys;
  termios& former = keys.former_->settings;
  // A background job that changed its terminal would be stopped.
  const bool ours = ::isatty(STDIN_FILENO) == 1 && ::tcgetpgrp(STDIN_FILENO) == ::getpgrp();
  if (!ours || ::tcgetattr(STDIN_FILENO, &former) != 0) {
    keys.former_.reset();
    return std::nullopt;
  }
  termios raw = former;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  return keys;
}

Keys::~Keys() {
  if (former_) ::tcsetattr(STDIN_FILENO, TCSANOW, &former_->settings);
}

std::optional<char> Keys::next(std::int64_t timeout_ns) const {
  constexpr std::int64_t kMillisecond = 1'000'000;
  pollfd input = {STDIN_FILENO, POLLIN, 0};
  if (::poll(&input, 1, static_cast<int>(timeout_ns / kMillisecond)) <= 0) return std::nullopt;
  char key = 0;
  const ssize_t got = ::read(STDIN_FILENO, &key, 1);
  return got == 1 ? key : kEnd;
}

bool wants_to_leave(const std::optional<Keys>& keys, std::int64_t timeout_ns) {
  constexpr std::int64_t kMillisecond = 1'000'000;
  if (!keys) {
    (void)::poll(nullptr, 0, static_cast<int>(timeout_ns / kMillisecond));
    return false;
  }
  const auto key = keys->next(timeout_ns);
  return key && (*key == 'q' || *key == 'Q' || *key == kInterrupt || *key == kEnd);
}

}  // namespace forknet::os
