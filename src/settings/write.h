// Config files written from the table of settings.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "settings/resolve.h"

namespace forknet::run {

// config.resolved.toml: every value with its source as a comment. Loading it gives the same config.
[[nodiscard]] std::string resolved_text(const Resolved& resolved);

// A config to start from: what "forknet init KIND" writes.
struct Template {
  std::string_view kind;       // "mnist"
  std::string_view file;       // its default name
  std::string_view header;     // comment lines at the top, without "# "
  std::vector<Setting> given;  // settings that differ from the defaults; sources unused
};

[[nodiscard]] const std::vector<Template>& templates();
// The template's text: every setting of this version with its value and its description. Settings
// that a preset of the grid would set are comments.
[[nodiscard]] std::string template_text(const Template& chosen);

}  // namespace forknet::run
