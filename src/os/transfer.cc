#include "os/transfer.h"

#include <unistd.h>

#include "os/failpoint.h"
#include "os/system_error.h"

namespace forknet::os {
namespace {

// call(bytes) moves some bytes and returns how many, or fails; a failpoint may replace its result.
template <class Bytes, class Call>
ssize_t move_some(const char* failpoint, Bytes bytes, Call call) {
  if (failpoints::on.load(std::memory_order_relaxed)) {
    const int action = failpoints::pass(failpoint);
    if (action > 0) {
      errno = action;
      return -1;
    }
    if (action == failpoints::kShort) bytes = bytes.first(1);
  }
  return call(bytes);
}

// Repeats until all bytes are written.
template <class Call>
int write_by(std::span<const std::byte> bytes, Call call) {
  while (!bytes.empty()) {
    const auto wrote = retry_interrupted([&] { return move_some("file/write", bytes, call); });
    if (wrote < 0) return errno;
    if (wrote == 0) return EIO;  // no file does this; avoids an endless loop
    bytes = bytes.subspan(static_cast<std::size_t>(wrote));
  }
  return 0;
}

}  // namespace

int write_fully(int fd, std::span<const std::byte> bytes) {
  return write_by(bytes, [fd](std::span<const std::byte> rest) {
    return ::write(fd, rest.data(), rest.size());
  });
}

int write_fully_at(int fd, off_t offset, std::span<const std::byte> bytes) {
  return write_by(bytes, [&](std::span<const std::byte> rest) {
    const auto done = static_cast<off_t>(rest.data() - bytes.data());
    return ::pwrite(fd, rest.data(), rest.size(), offset + done);
  });
}

int read_fully(int fd, std::span<std::byte> bytes, std::size_t& got) {
  got = 0;
  while (got < bytes.size()) {
    const auto rest = bytes.subspan(got);
    const auto count = retry_interrupted([&] {
      return move_some("file/read", rest,
                       [fd](auto some) { return ::read(fd, some.data(), some.size()); });
    });
    if (count < 0) return errno;
    if (count == 0) break;
    got += static_cast<std::size_t>(count);
  }
  return 0;
}

}  // namespace forknet::os
