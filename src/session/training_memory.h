// The memory that a run needs, computed before it begins (--dry-run).
#pragma once

#include <cstddef>

#include "cell/stage_context.h"
#include "session/prepare.h"

namespace forknet::run {

// Bytes of the data sets in memory, shared tables counted once, and of the orders of their rows.
[[nodiscard]] std::size_t data_bytes(const data::DataSets& data);

// Approximate resident bytes of all processes of a run, shared ones counted once: the rows of the
// data, weights and moments in all versions, models that train apart, workspaces, batches that are
// loaded ahead, the copy of the model that is written at the end, and the program itself.
[[nodiscard]] std::size_t training_bytes(const Prepared& prepared, const cell::GridPlan& layout);

// The part of one layer: its weights and moments in all versions, and what a step of a whole batch
// keeps of it. The number is that of one copy; a layout may have several.
[[nodiscard]] std::size_t layer_bytes(const Prepared& prepared, const nn::LayerPlan& layer);

}  // namespace forknet::run
