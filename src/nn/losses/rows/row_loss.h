// A program's own loss (forknet/loss.h) as a part: calls it row by row, in plain numbers.
#pragma once

#include <forknet/loss.h>

#include "nn/loss.h"

namespace forknet::nn {

[[nodiscard]] LossEntry row_loss(LossDeclaration declaration, MakeRowLoss make);

}  // namespace forknet::nn
