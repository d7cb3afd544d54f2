#include "os/random_bits.h"

#include <sys/random.h>

#include <array>
#include <span>

#include "base/try.h"
#include "os/file.h"
#include "os/system_error.h"

namespace forknet::os {
namespace {

constexpr const char* kDevice = "/dev/urandom";

// For systems where the call is denied or missing.
Status read_device(std::span<std::byte> bits) {
  FORKNET_ASSIGN(const Fd fd, open_read(kDevice));
  FORKNET_ASSIGN(const std::size_t read, read_some(fd, bits));
  if (read == bits.size()) return {};
  return Error{ErrorKind::internal, std::string("read ") + kDevice + ": ended early"};
}

}  // namespace

Result<std::string> random_name() {
  std::array<std::byte, 16> bits = {};
  const auto given = retry_interrupted([&] { return ::getrandom(bits.data(), bits.size(), 0); });
  if (given != static_cast<ssize_t>(bits.size())) FORKNET_TRY(read_device(bits));
  constexpr const char* kDigits = "0123456789abcdef";
  std::string name;
  for (const std::byte byte : bits) {
    name += kDigits[std::to_integer<unsigned>(byte) >> 4];
    name += kDigits[std::to_integer<unsigned>(byte) & 0xF];
  }
  return name;
}

}  // namespace forknet::os
