// The data sets of a run without their rows, which are in separate files: the fitted preparation,
// the scaling of targets, the warnings, and names and shape of each table (docs/formats.md, "Rows
// in a mapped file"). Pure text; kept_sets.h says when it is used.
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
    std::string key;    // of the file of its rows
    data::Table table;  // names and shape; no memory
  };
  std::string key;  // of sources and settings
  // Training, validation, test; nothing: it has no own table.
  std::array<std::optional<Entry>, 3> tables = {};
  std::optional<data::Preparation> preparation = {};
  data::Scaling targets = {};
  std::vector<std::string> warnings = {};
};

[[nodiscard]] std::string to_text(const SetFile& set);

// Nothing: the text is cut short, damaged, or of another version.
[[nodiscard]] std::optional<SetFile> parse_set_file(std::string_view text);

}  // namespace forknet::run
