#include "apps/output.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/printable.h"

namespace forknet::apps {
namespace {

int fault = 0;  // errno of the first write that failed

void note_fault() {
  if (fault == 0) fault = errno != 0 ? errno : EIO;
}

}  // namespace

void print(std::string_view text) { print_raw(printable_lines(text)); }

void print_raw(std::string_view text) {
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) note_fault();
}

bool flush_output() {
  errno = 0;
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) note_fault();
  return fault == 0;
}

int finish_output(int code) {
  const bool flushed = flush_output();
  errno = 0;
  // Some file systems tell of a lack of room only here. A stdout that was closed from the start and
  // not written to is no failure.
  if (std::fclose(stdout) != 0 && flushed && errno != EBADF) note_fault();
  if (fault == 0) return code;
  if (fault != EPIPE) {
    std::fprintf(stderr,
                 "forknet: stdout: write: %s\n"
                 "  what this command printed is incomplete; the files that it wrote are not\n",
                 std::strerror(fault));
  }
  return code == 0 ? 1 : code;
}

}  // namespace forknet::apps
