// Verifies the memory that a dead run left for its models: every word that loops, indices or the
// result depend on is checked before the memory is used.
#pragma once

#include <string>

#include "average/models.h"
#include "state/recovered.h"

namespace forknet::run {

// Why models of that shape cannot continue from it; empty: they can. Reads all weights once.
[[nodiscard]] std::string fault_of_models(const Recovered& recovered, const ModelsShape& shape);

}  // namespace forknet::run
