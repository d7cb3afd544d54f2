// Config files written from the table of settings.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "settings/resolve.h"

namespace forknet::run {

// config.resolved.toml: every value, each with a comment that says where it came from. Loading it
// gives the same config.
[[nodiscard]] std::string resolved_text(const Resolved& resolved);

// A config to start from: what "forknet init KIND" writes.
struct Template {
  std::string_view kind;       // "mnist"
  std::string_view file;       // the name it is given when the user names none
  std::string_view header;     // comment lines at the top, without "# "
  std::vector<Setting> given;  // what differs from the defaults; sources unused
};

[[nodiscard]] const std::vector<Template>& templates();
// The template's text: every setting of this version with its value and what it is; those that a
// preset of the grid would set are comments.
[[nodiscard]] std::string template_text(const Template& chosen);

}  // namespace forknet::run
