// Reads complete CSV files: chooses columns, then reads all rows.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <optional>
#include <string>
#include <vector>

#include "data/formats/csv/raw_table.h"
#include "data/preparation.h"
#include "data/reading.h"

namespace forknet::data::csv {

// The target column of a table, and why it was chosen.
struct FoundTarget {
  std::vector<std::size_t> places;
  std::string why;
};
// The column named in the settings, else the one called target, label, class or y, else the only
// text column, else the last one. Error: the named column does not exist.
[[nodiscard]] Result<FoundTarget> find_target(const std::string& path, const Sample& sample,
                                              const TableConfig& config);

// For training: all columns except dropped ones, with targets.
[[nodiscard]] Result<RawTable> read_training(const std::string& path, const TableConfig& config,
                                             const Reading& reading = {});

// For inspection: every column as an input, no target.
[[nodiscard]] Result<RawTable> read_all_columns(const std::string& path, const TableConfig& config,
                                                const Reading& reading = {});

// What to read for a model: a file with its columns, found by name in any order.
struct RowsWanted {
  bool targets = false;  // and the row weights, if the file has the model's weight column
  std::vector<std::string> keep = {};  // passed through
};
[[nodiscard]] Result<RawTable> read_for(const std::string& path, const Preparation& preparation,
                                        const RowsWanted& wanted, const Reading& reading = {});

}  // namespace forknet::data::csv
