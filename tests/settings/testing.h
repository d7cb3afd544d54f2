// What the tests of settings share.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "settings/resolve.h"

namespace forknet::run::testing {

inline constexpr const char* kSmall = R"([data]
train = { inputs = "a.gz", labels = "b.gz" }
[model]
layers = [ { type = "dense", units = 10 } ]
)";

// The sources of this project, where this file stands.
inline std::filesystem::path project() {
  return std::filesystem::path(__FILE__).parent_path().parent_path().parent_path();
}

inline std::string content(const std::filesystem::path& path) {
  std::ifstream stream(path);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

// The error's text, "" where there is none.
inline std::string message_of(const std::string& text, const Overrides& overrides = {}) {
  const auto resolved = resolve_text(text, "x.toml", overrides);
  return resolved.ok() ? "" : resolved.error().message;
}

inline Setting setting_of(const Resolved& resolved, const std::string& path) {
  for (const Setting& setting : resolved.settings) {
    if (setting.path == path) return setting;
  }
  return {};
}

inline std::ptrdiff_t lines_of(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n') + 1;
}

}  // namespace forknet::run::testing
