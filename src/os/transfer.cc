#include "os/transfer.h"

#include <unistd.h>

#include "os/failpoint.h"
#include "os/system_error.h"

namespace forknet::os {
namespace {

// call(bytes) writes some of them and says how many.
template <class Call>
int write_by(std::span<const std::byte> bytes, Call call) {
  while (!bytes.empty()) {
    const auto wrote = retry_interrupted([&] { return call(bytes); });
    if (wrote < 0) return errno;
    if (wrote == 0) return EIO;  // no file does this; a loop without end would be worse
    bytes = bytes.subspan(static_cast<std::size_t>(wrote));
  }
  return 0;
}

}  // namespace

int write_fully(int fd, std::span<const std::byte> bytes) {
  return write_by(bytes, [fd](std::span<const std::byte> rest) {
    return FORKNET_OR_FAIL("file/write", ::write(fd, rest.data(), rest.size()));
  });
}

int write_fully_at(int fd, off_t offset, std::span<const std::byte> bytes) {
  return write_by(bytes, [&](std::span<const std::byte> rest) {
    const auto done = static_cast<off_t>(bytes.size() - rest.size());
    return ::pwrite(fd, rest.data(), rest.size(), offset + done);
  });
}

int read_fully(int fd, std::span<std::byte> bytes, std::size_t& got) {
  got = 0;
  while (got < bytes.size()) {
    const auto rest = bytes.subspan(got);
    const auto count = retry_interrupted(
        [&] { return FORKNET_OR_FAIL("file/read", ::read(fd, rest.data(), rest.size())); });
    if (count < 0) return errno;
    if (count == 0) break;
    got += static_cast<std::size_t>(count);
  }
  return 0;
}

}  // namespace forknet::os
