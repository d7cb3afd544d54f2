// Checks that hold a part to its contract: a program's own ones, registered before, and forknet's.
// Each tries many shapes and says of the first fault what it is and where.
#pragma once

#include <forknet/result.h>
#include <forknet/settings.h>

#include <string>

namespace forknet {

// Holds a loss (loss.h) with these settings, defaults for the rest, to what makes every layout give
// the same bits: its errors are the derivatives of its loss, by finite differences in fp64, behind
// every activation that it takes; loss and errors of a row are the same with any other rows beside
// it and in any partition of the rows; a row of weight 2 counts twice and one of weight 0 not at
// all; padding is neither read nor left unwritten; every target gives the bits of the reference.
// Outputs of rows are standard normal numbers, targets classes, or numbers from 0 to 1. Corners
// of the loss are left out. Errors: config (no such loss or setting), internal (a fault).
[[nodiscard]] Status check_loss(const std::string& name, const Settings& settings = {});

}  // namespace forknet
