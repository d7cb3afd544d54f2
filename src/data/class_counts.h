// How the training rows fall into classes, where that looks like a mistake.
#pragma once

#include <string>
#include <vector>

#include "data/preparation.h"
#include "data/view.h"

namespace forknet::data {

// Warnings: classes of which no training row is, by name where `preparation` (may be null) has
// names, and rows that are all of one class. Nothing where rows have no labels.
[[nodiscard]] std::vector<std::string> class_warnings(const View& train,
                                                      const Preparation* preparation);

}  // namespace forknet::data
