// What a format read for a run, but for the rows, which lie in files of their own: what it fitted,
// how targets are scaled, its warnings, and what each table is (docs/formats.md, "Rows in a mapped
// file"). Pure text; run/kept_sets.h says when it is used.
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
  struct Worker {
    std::string key;    // of the file of its rows
    data::Table table;  // names and shape; no memory
  };
  std::string key;  // of sources and settings
  // Training, validation, test; nothing: no table of its own.
  std::array<std::optional<Worker>, 3> tables = {};
  std::optional<data::Preparation> preparation = {};
  data::Scaling targets = {};
  std::vector<std::string> warnings = {};
};

[[nodiscard]] std::string to_text(const SetFile& set);

// Nothing: it is cut short, damaged, or of another version.
[[nodiscard]] std::optional<SetFile> parse_set_file(std::string_view text);

}  // namespace forknet::run
