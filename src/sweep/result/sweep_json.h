// The result of a sweep as one line of JSON: what `forknet compare --json` prints
// (docs/comparing.md).
#pragma once

#include <string>

#include "sweep/result/ranking.h"

namespace forknet::sweep {

[[nodiscard]] std::string sweep_json(const Sweep& sweep, const Ranking& ranking);

}  // namespace forknet::sweep
