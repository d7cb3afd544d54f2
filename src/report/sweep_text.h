// A comparison of runs as text: the table while they train, a line for each that ends, and the
// table at the end.
#pragma once

#include <cstddef>
#include <string>

#include "sweep/result/ranking.h"

namespace forknet::report {

// optimizer.lr  train.batch  validation/accuracy  test/accuracy    time  state     run
// 0.01                   64              97.31 %        97.02 %  12.3 s  finished  m-lr0.01-…
// with --seeds mean, deviation and median in place of the value; below it what failed, and the
// number at a time.
[[nodiscard]] std::string sweep_text(const sweep::Sweep& sweep, const sweep::Ranking& ranking);

// m: 3 of 12 runs have ended, 2 at a time
// epoch  step      loss    samples/s  run
//     2  612/2345  0.1234    182,000  lr=0.01 batch=64, seed 1
// …
// best so far: validation/accuracy 97.31 % of lr=0.1 batch=64
// cut to a terminal of `columns` and `rows`; one row stays free for the cursor.
[[nodiscard]] std::string live_sweep_text(const sweep::Sweep& sweep, const sweep::Ranking& ranking,
                                          std::size_t columns, std::size_t rows);

// "3 of 12: lr=0.1 batch=64, seed 2: finished, validation/accuracy 97.31 %, 12.3 s of training"
[[nodiscard]] std::string ended_text(const sweep::Sweep& sweep, const sweep::Ranking& ranking,
                                     std::size_t trial);

}  // namespace forknet::report
