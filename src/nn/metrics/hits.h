// Hits: rows whose label is their first largest output.
#pragma once

#include "nn/loss.h"

namespace forknet::nn {

// Writes args.correct of the rows, if it has data: 1 where the label is the first largest output; 0
// elsewhere, for a row with a NaN, of rows without labels and of a single unit.
template <class T>
void count_hits(const LossArgs<T>& args);

}  // namespace forknet::nn
