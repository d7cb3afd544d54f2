// Checks the distribution of the training rows over classes for probable mistakes.
#pragma once

#include <forknet/result.h>

#include <string>
#include <vector>

#include "data/preparation.h"
#include "data/view.h"

namespace forknet::data {

// Warnings: classes without a training row, by name if `preparation` (may be null) has names, and
// rows that are all of one class. Nothing if rows have no labels.
[[nodiscard]] std::vector<std::string> class_warnings(const View& train,
                                                      const Preparation* preparation);

// Error (data): all rows of the table are of one class.
[[nodiscard]] Status check_classes_differ(const Table& table, const Preparation* preparation);

}  // namespace forknet::data
