// Tars made by hand, not by the code under test.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace forknet::data {

inline std::string octal(std::size_t number, int digits) {
  char text[32] = {};
  (void)std::snprintf(text, sizeof text, "%0*zo", digits, number);
  return text;
}

// One entry in the format of POSIX 1988 (ustar). `type`: '0' a file, '5' a folder, '1' and '2'
// links to `target`.
inline std::string tar_entry(const std::string& name, std::string_view content, char type = '0',
                             const std::string& target = "") {
  std::string head(512, '\0');
  const auto put = [&](std::size_t at, const std::string& text) {
    head.replace(at, text.size(), text);
  };
  put(0, name.substr(0, 100));
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(124, octal(content.size(), 11));
  put(136, octal(0, 11));
  put(148, "        ");
  head[156] = type;
  put(157, target);
  put(257, std::string("ustar\0"
                       "00",
                       8));
  std::size_t sum = 0;
  for (const char byte : head) sum += static_cast<unsigned char>(byte);
  put(148, octal(sum, 6) + std::string("\0 ", 2));
  std::string entry = head + std::string(content);
  entry.resize((entry.size() + 511) / 512 * 512, '\0');
  return entry;
}

// Of files, with the two blocks of zeros at its end.
inline std::string tar(const std::vector<std::pair<std::string, std::string>>& files) {
  std::string text;
  for (const auto& [name, content] : files) text += tar_entry(name, content);
  return text + std::string(1024, '\0');
}

}  // namespace forknet::data
