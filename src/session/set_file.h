// The set that a format read for a run, without the rows, which lie in files of their own: the
// preparation, the scaling of targets, warnings, and the description of each table
// (docs/formats.md, "Rows in a mapped file"). Pure text; see session/kept_sets.h for its use.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/preparation.h"
#include "data/scaling.h"
#include "data/table.h"

namespace forknet::run {

inline constexpr std::string_view kSetEnding = ".set";

struct SetFile {
  struct Entry {
    std::string key;    // of the file with its rows
    data::Table table;  // names and shape; no memory
  };
  std::string key;  // of sources and settings
  // Training, validation, test; nothing: no separate table.
  std::array<std::optional<Entry>, 3> tables = {};
  std::optional<data::Preparation> preparation = {};
  data::Scaling targets = {};
  std::vector<std::string> warnings = {};
};

[[nodiscard]] std::string to_text(const SetFile& set);

// Nothing: the text is truncated, damaged, or of another version.
[[nodiscard]] std::optional<SetFile> parse_set_file(std::string_view text);

}  // namespace forknet::run
