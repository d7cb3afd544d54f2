#include "apps/output.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/printable.h"
#include "os/background_writer.h"

namespace forknet::apps {
namespace {

int fault = 0;  // errno of the first write that failed

void note_fault(int error) {
  if (fault == 0) fault = error != 0 ? error : EIO;
}

}  // namespace

void print(std::string_view text) { print_raw(printable_lines(text)); }

void print_raw(std::string_view text) {
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) note_fault(errno);
}

void print_within(std::string_view text, std::int64_t timeout_ns) {
  if (timeout_ns < 0) {
    print(text);
    (void)flush_output();
    return;
  }
  constexpr std::size_t kMost = std::size_t{1} << 24;
  os::BackgroundWriter out(os::Stream::output, {"stdout", kMost, [](auto) { return ""; }});
  out.write(printable_lines(text));
  if (!out.wait(timeout_ns)) return note_fault(ETIMEDOUT);
  if (out.error() != 0) note_fault(out.error());
}

bool flush_output() {
  errno = 0;
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) note_fault(errno);
  return fault == 0;
}

int finish_output(int code) {
  const bool flushed = flush_output();
  errno = 0;
  // Some file systems report a lack of room only here. A stdout that was closed at the start and
  // not written to is not a failure.
  if (std::fclose(stdout) != 0 && flushed && errno != EBADF) note_fault(errno);
  if (fault == 0) return code;
  if (fault != EPIPE) {
    std::fprintf(stderr,
                 "forknet: stdout: write: %s\n"
                 "  what this command printed is incomplete; the files that it wrote are not\n",
                 fault == ETIMEDOUT ? "it was not read" : std::strerror(fault));
  }
  return code == 0 ? 1 : code;
}

}  // namespace forknet::apps
