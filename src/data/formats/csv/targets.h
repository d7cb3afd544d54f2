// Decides the targets of a raw table: classes with names, or numbers.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <cstdint>
#include <string>
#include <vector>

#include "data/formats/csv/raw_table.h"
#include "data/preparation.h"

namespace forknet::data::csv {

struct Targets {
  std::vector<std::string> classes = {};   // ascending; empty: numbers
  std::vector<std::uint32_t> labels = {};  // (rows), of classes
  std::string why = {};                    // the reason for the task, for people
};

// By `task`, if given. Otherwise texts, and integers that are exactly 0 .. k-1 or 1 .. k with k at
// most 100, are classes; other numbers are numbers. Errors: a constant target; texts that each
// occur once; too many distinct numbers for classes; texts where numbers are required.
[[nodiscard]] Result<Targets> decide_targets(const RawTable& raw, Task task);

// The labels of rows by a model's classes. Error: rows of other classes, with their number.
[[nodiscard]] Result<std::vector<std::uint32_t>> labels_by(const RawTable& raw,
                                                           const Preparation& preparation);

}  // namespace forknet::data::csv
