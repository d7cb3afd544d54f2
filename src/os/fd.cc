#include "os/fd.h"

#include <unistd.h>

namespace forknet::os {

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

Fd::~Fd() { close(); }

void Fd::close() {
  // Never repeated: Linux frees the number even when close() reports an error.
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

}  // namespace forknet::os
