// Whether the memory that a dead run's models left is what it wrote: every word that loops, indices
// or the answer depend on is checked before anything of it is believed.
#pragma once

#include <string>

#include "average/models.h"
#include "state/recovered.h"

namespace forknet::run {

// Why models of that shape cannot go on with it; empty: they can. Reads all weights once.
[[nodiscard]] std::string fault_of_models(const Recovered& recovered, const ModelsShape& shape);

}  // namespace forknet::run
