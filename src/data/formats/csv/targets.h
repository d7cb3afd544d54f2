// The targets of a raw table: classes with names, or numbers.
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
  std::string why = {};                    // of the task, for people
};

// What `task` says, else: texts and whole numbers that are exactly 0 .. k-1 or 1 .. k, k at most
// 100, are classes, other numbers are numbers. Errors: a target that is constant, or texts of which
// each occurs once; numbers of too many values for classes; texts for numbers.
[[nodiscard]] Result<Targets> decide_targets(const RawTable& raw, Task task);

// The labels of rows by the classes that a model knows. An Error counts those of other classes.
[[nodiscard]] Result<std::vector<std::uint32_t>> labels_by(const RawTable& raw,
                                                           const Preparation& preparation);

}  // namespace forknet::data::csv
