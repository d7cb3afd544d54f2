// Whole CSV files: which columns are taken, then all rows.
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

// Where the target is in a table of these columns, and why.
struct FoundTarget {
  std::vector<std::size_t> places;
  std::string why;
};
// As the settings name it, else the column called target, label, class or y, else the only one of
// texts, else the last. Errors: a name or place that is not there.
[[nodiscard]] Result<FoundTarget> find_target(const std::string& path, const Sample& sample,
                                              const TableConfig& config);

// To train on: all columns but the dropped ones, with targets.
[[nodiscard]] Result<RawTable> read_training(const std::string& path, const TableConfig& config,
                                             const Reading& reading = {});

// Every column as an input, none as a target: to look at a file.
[[nodiscard]] Result<RawTable> read_all_columns(const std::string& path, const TableConfig& config,
                                                const Reading& reading = {});

// What a model's rows are taken from: a file with its columns, found by their names in any order.
struct RowsWanted {
  bool targets = false;  // and the rows' weights, where the file has the model's column of them
  std::vector<std::string> keep = {};  // passed through
};
[[nodiscard]] Result<RawTable> read_for(const std::string& path, const Preparation& preparation,
                                        const RowsWanted& wanted, const Reading& reading = {});

}  // namespace forknet::data::csv
