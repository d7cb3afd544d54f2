// The weights of classes that model.class_weight asks for (include/forknet/config.h).
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <cstddef>
#include <vector>

#include "data/open.h"

namespace forknet::run {

// By label, for the training rows; empty: all are 1. `classes`: that the model knows. The labels
// have been checked. Errors (config): the targets are numbers; a class of the table is unknown.
//
// balanced: n / (k * count), n being the training rows, k the classes that have some and count the
// rows of the class, as in scikit-learn; 1 for a class without rows.
[[nodiscard]] Result<std::vector<double>> class_weights(const ClassWeight& wanted,
                                                        const data::DataSets& sets,
                                                        std::size_t classes);

}  // namespace forknet::run
