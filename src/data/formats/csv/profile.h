// Describes each column of a table, for `data inspect` and the config that `init csv` writes.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "data/formats/csv/read.h"

namespace forknet::data::csv {

struct ColumnProfile {
  std::string name;
  bool text = false;
  std::size_t rows = 0;
  std::size_t missing = 0;
  std::size_t distinct = 0;  // distinct values; numbers are counted up to kMostDistinct
  bool whole = false;        // all numbers are integers
  float low = 0;
  float high = 0;
  double mean = 0;
  std::vector<std::pair<std::string, std::size_t>> common = {};  // the most frequent values
  // Why the column is useless for other rows: "counts the rows", "a name of its own in almost every
  // row", "the same in every row"; "" if it is not.
  std::string useless = {};
};

inline constexpr std::size_t kMostDistinct = 1000;

struct Profile {
  std::string path;
  Dialect dialect;
  std::size_t rows = 0;
  std::vector<ColumnProfile> columns = {};
  FoundTarget target = {};
  std::vector<std::vector<std::string>> first_rows = {};
  std::vector<std::pair<std::size_t, std::size_t>> equal = {};  // pairs of equal columns
};

// Reads the whole file.
[[nodiscard]] Result<Profile> profile(const std::string& path, const TableConfig& config,
                                      const Reading& reading = {});

}  // namespace forknet::data::csv
