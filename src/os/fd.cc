#include "os/fd.h"

#include <fcntl.h>
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

Fd Fd::duplicate() const { return Fd(::fcntl(fd_, F_DUPFD_CLOEXEC, 0)); }

void Fd::close() {
  // Never repeated: Linux frees the descriptor even if close() reports an error.
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

}  // namespace forknet::os
