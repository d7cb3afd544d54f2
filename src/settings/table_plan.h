// The net for a table and how it is trained: what measurement favours for tables about which only
// the columns are known (docs/table-defaults.md, decision 0050).
#pragma once

#include <cstddef>
#include <vector>

#include "data/formats/csv/profile.h"
#include "settings/write.h"

namespace forknet::run {

// `target`: the place of its column; `classes`: it is learned as classes, not as numbers. The
// values of data.validation, data.scale, data.bins, model.*, train.*, optimizer.* and
// checkpoint.best.
[[nodiscard]] std::vector<Setting> planned_settings(const data::csv::Profile& profile,
                                                    std::size_t target, bool classes);

}  // namespace forknet::run
