// Which training rows are taken out for testing and validation: a pure function of seed, number of
// rows and shares (docs/numerics.md). Rows are put in ascending order of a random word each; the
// test share takes the first of them, the validation share those that follow, training keeps the
// rest. Each set lists its rows in ascending order.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <vector>

namespace forknet::data {

struct Split {
  std::vector<std::uint32_t> train;
  std::vector<std::uint32_t> validation;
  std::vector<std::uint32_t> test;
};

// Shares are of all rows, 0 (none) to below 1; a share that is not 0 takes at least one row. Kind
// config when training keeps none.
[[nodiscard]] Result<Split> split_rows(std::uint64_t seed, std::uint32_t rows,
                                       double validation_share, double test_share);

}  // namespace forknet::data
