// What a run takes of memory, told before it begins (--dry-run).
#pragma once

#include <cstddef>

#include "cell/stage_context.h"
#include "session/prepare.h"

namespace forknet::run {

// Bytes of the sets that have been read, tables that several share counted once, and of the orders
// of their rows.
[[nodiscard]] std::size_t data_bytes(const data::DataSets& data);

// Bytes that become resident in all processes of a run of the program, shared ones counted once:
// the rows of the data, weights and moments in the versions that outlive a step, models that train
// apart, workspaces, batches that are loaded ahead, the copy of the model that is written at the
// end, and the program itself, roughly.
[[nodiscard]] std::size_t training_bytes(const Prepared& prepared, const cell::GridPlan& layout);

}  // namespace forknet::run
