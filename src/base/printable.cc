#include "base/printable.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace forknet {
namespace {

std::uint32_t byte_at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

// Bytes of the UTF-8 character at the front of the text; 0 if the bytes are not UTF-8.
std::size_t character_bytes(std::string_view text) {
  const std::uint32_t lead = byte_at(text, 0);
  const std::size_t bytes = lead < 0x80                   ? 1
                            : lead >= 0xC2 && lead < 0xE0 ? 2
                            : lead >= 0xE0 && lead < 0xF0 ? 3
                            : lead >= 0xF0 && lead < 0xF5 ? 4
                                                          : 0;
  if (bytes == 0 || bytes > text.size()) return 0;
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte_at(text, i) & 0xC0U) != 0x80) return 0;
  }
  return bytes;
}

std::uint32_t code_of(std::string_view character) {
  constexpr std::uint32_t kLead[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
  std::uint32_t code = byte_at(character, 0) & kLead[character.size()];
  for (std::size_t i = 1; i < character.size(); ++i) {
    code = code << 6U | (byte_at(character, i) & 0x3FU);
  }
  return code;
}

// An overlong encoding, a surrogate, or a code past the end of Unicode.
bool is_malformed(std::uint32_t code, std::size_t bytes) {
  constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  return code < kLeast[bytes] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000);
}

bool steers(std::uint32_t code) {
  const bool control = code < 0x20 || (code >= 0x7F && code < 0xA0);
  const bool direction = code == 0x61C || code == 0x200E || code == 0x200F ||
                         (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
  const bool line = code == 0x2028 || code == 0x2029;
  return control || direction || line;
}

// Takes the character at the front, or one byte if it is not a character.
std::string_view take(std::string_view& text, bool& safe) {
  const std::size_t bytes = character_bytes(text);
  const auto character = text.substr(0, std::max<std::size_t>(bytes, 1));
  text.remove_prefix(character.size());
  const std::uint32_t code = bytes == 0 ? 0 : code_of(character);
  safe = bytes > 0 && !is_malformed(code, bytes) && !steers(code);
  return character;
}

}  // namespace

std::vector<std::string> printable_characters(std::string_view text) {
  std::vector<std::string> result;
  while (!text.empty()) {
    bool safe = false;
    const auto character = take(text, safe);
    if (character == "\t") {
      result.emplace_back(" ");
    } else {
      result.emplace_back(safe ? character : "?");
    }
  }
  return result;
}

std::string printable(std::string_view text, std::size_t limit) {
  // A character has at most four bytes: cut the rest off before it is examined.
  const auto all = printable_characters(text.substr(0, 4 * (limit + 1)));
  std::string result;
  for (std::size_t i = 0; i < std::min(all.size(), limit); ++i) result += all[i];
  return all.size() > limit ? result + "..." : result;
}

std::string printable_lines(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    bool safe = false;
    const auto character = take(text, safe);
    if (safe || character == "\n" || character == "\t") {
      result += character;
      continue;
    }
    for (const char byte : character) {
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    }
  }
  return result;
}

}  // namespace forknet
