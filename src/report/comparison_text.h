// The table of `forknet compare`.
#pragma once

#include <string>

#include "session/comparison.h"

namespace forknet::report {

// grid      processes x threads     time  samples/s  speed-up  efficiency  bytes moved  weights   …
// serial                  1 x 1  10.20 s     29,400    1.00 x       100 %            0  24c867a7…
// threads                 1 x 2   5.70 s     52,600    1.79 x        89 %            0  24c867a7…
// and below it a line that says whether the weights agree.
[[nodiscard]] std::string comparison_text(const run::Comparison& comparison);

}  // namespace forknet::report
