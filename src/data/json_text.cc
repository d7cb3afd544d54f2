#include "data/json_text.h"

#include <fmt/format.h>

#include <cstddef>

namespace forknet::data {

std::string json_text(std::string_view text) {
  std::string line = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '"' || byte == '\\') {
      line += '\\';
      line += text[i];
    } else if (byte < 0x20) {
      line += fmt::format("\\u{:04x}", byte);
    } else if (byte < 0x80) {
      line += text[i];
    } else {
      const std::size_t more = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : byte >= 0xC2 ? 1 : 0;
      std::size_t good = 0;
      while (good < more && i + good + 1 < text.size() &&
             (static_cast<unsigned char>(text[i + good + 1]) & 0xC0) == 0x80) {
        ++good;
      }
      if (more > 0 && good == more) {
        line += text.substr(i, more + 1);
        i += more;
      } else {
        line += '?';
      }
    }
  }
  return line + '"';
}

}  // namespace forknet::data
