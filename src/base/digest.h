// XXH3: the digests and checksums of forknet. Not cryptographic: they find accidents, not attacks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

struct XXH3_state_s;

namespace forknet {

// XXH3-128 of a stream of bytes; its division into pieces does not matter. Move-only.
class Digest {
 public:
  Digest();

  void update(std::span<const std::byte> bytes);
  // 32 lower-case hexadecimal digits of all bytes so far, big-endian, as `xxh128sum` prints them.
  // More bytes may follow.
  [[nodiscard]] std::string hex() const;

 private:
  struct Free {
    void operator()(XXH3_state_s* state) const;
  };
  std::unique_ptr<XXH3_state_s, Free> state_;
};

// XXH3-128 of one range, as Digest::hex() gives it.
[[nodiscard]] std::string digest_hex(std::span<const std::byte> bytes);

// XXH3-64 of one range.
[[nodiscard]] std::uint64_t checksum64(std::span<const std::byte> bytes);

}  // namespace forknet
