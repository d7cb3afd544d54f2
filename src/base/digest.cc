#include "base/digest.h"

#include <xxhash.h>

#include "base/check.h"

namespace forknet {
namespace {

std::string to_hex(XXH128_hash_t hash) {
  constexpr char kDigits[] = "0123456789abcdef";
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, hash);
  std::string text;
  for (const unsigned char byte : canonical.digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace

void Digest::Free::operator()(XXH3_state_s* state) const { XXH3_freeState(state); }

Digest::Digest() : state_(XXH3_createState()) {
  FORKNET_CHECK(state_ != nullptr);
  FORKNET_CHECK(XXH3_128bits_reset(state_.get()) == XXH_OK);
}

void Digest::update(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;  // XXH3 refuses a null pointer
  FORKNET_CHECK(XXH3_128bits_update(state_.get(), bytes.data(), bytes.size()) == XXH_OK);
}

std::string Digest::hex() const { return to_hex(XXH3_128bits_digest(state_.get())); }

std::string digest_hex(std::span<const std::byte> bytes) {
  return to_hex(XXH3_128bits(bytes.data(), bytes.size()));
}

std::uint64_t checksum64(std::span<const std::byte> bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

}  // namespace forknet
