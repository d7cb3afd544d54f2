// Splits rows for testing and validation off the training rows: a pure function of seed, number of
// rows and shares (docs/numerics.md). Rows are sorted by one random word each; the test share takes
// the first, the validation share the next, training keeps the rest. Each set lists its rows in
// ascending order.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace forknet::data {

struct Split {
  std::vector<std::uint32_t> train;
  std::vector<std::uint32_t> validation;
  std::vector<std::uint32_t> test;
};

// Shares are of all rows, from 0 (none) to below 1; a share above 0 takes at least one row. Error
// (config): no training rows are left.
[[nodiscard]] Result<Split> split_rows(std::uint64_t seed, std::uint32_t rows,
                                       double validation_share, double test_share);

// The same with every class in every set by its share, as nearly as whole rows allow: the rows of a
// class, in the random order of split_rows, get positions (i + 1/2) / count, and the sets take all
// rows in the order of positions. labels: of each row.
[[nodiscard]] Result<Split> split_by_class(std::uint64_t seed,
                                           std::span<const std::uint32_t> labels,
                                           double validation_share, double test_share);

// For rows ordered by time: the last rows for testing, those before them for validation.
[[nodiscard]] Result<Split> split_last_rows(std::uint32_t rows, double validation_share,
                                            double test_share);

// The shares that a table's own sets leave to its rows, where classes or time count: by
// `config.table.split`, and by class where there are labels. Nothing: there are none.
[[nodiscard]] Result<std::optional<Split>> split_shares(const DataConfig& config,
                                                        std::uint64_t seed, std::size_t rows,
                                                        std::span<const std::uint32_t> labels);

}  // namespace forknet::data
