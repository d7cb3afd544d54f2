// How rows fall into classes, where that is a mistake or looks like one.
#pragma once

#include <forknet/result.h>

#include <string>
#include <vector>

#include "data/preparation.h"
#include "data/view.h"

namespace forknet::data {

// Warnings: classes of which no training row is, by name where `preparation` (may be null) has
// names, and rows that are all of one class. Nothing where rows have no labels.
[[nodiscard]] std::vector<std::string> class_warnings(const View& train,
                                                      const Preparation* preparation);

// Error (data): all rows of the table are of one class.
[[nodiscard]] Status check_classes_differ(const Table& table, const Preparation* preparation);

}  // namespace forknet::data
