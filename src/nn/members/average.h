// One prediction of several nets (nn/members): the mean of theirs.
#pragma once

#include <cstddef>

#include "math/panels.h"
#include "math/target.h"
#include "nn/loss.h"

namespace forknet::nn {

// Outputs of the nets (samples * members, units), those of a sample one after the other -> in the
// first rows, one a sample, the outputs with predictions (by the link of the loss) that are the
// means of theirs. docs/numerics.md has the operations. Allocates; T is float or double.
template <class T>
void average_members(math::Target target, LinkKind link, const math::PanelView<T>& outputs,
                     std::size_t members);

}  // namespace forknet::nn
