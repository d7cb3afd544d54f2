#include "os/transfer.h"

#include <unistd.h>

#include "os/system_error.h"

namespace forknet::os {

int write_fully(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto wrote = retry_interrupted([&] { return ::write(fd, bytes.data(), bytes.size()); });
    if (wrote < 0) return errno;
    if (wrote == 0) return EIO;  // no file does this; a loop without end would be worse
    bytes = bytes.subspan(static_cast<std::size_t>(wrote));
  }
  return 0;
}

int read_fully(int fd, std::span<std::byte> bytes, std::size_t& got) {
  got = 0;
  while (got < bytes.size()) {
    const auto rest = bytes.subspan(got);
    const auto count = retry_interrupted([&] { return ::read(fd, rest.data(), rest.size()); });
    if (count < 0) return errno;
    if (count == 0) break;
    got += static_cast<std::size_t>(count);
  }
  return 0;
}

}  // namespace forknet::os
