#include "data/split.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "base/philox.h"
#include "base/try.h"

namespace forknet::data {
namespace {

// The word of a row: half `row % 2` of block row / 2; the first 32 bits are the low ones.
std::uint64_t random_word(std::uint64_t seed, std::uint32_t row) {
  const PhiloxBlock block = random_block(seed, Purpose::split, 0, row / 2, 0);
  const std::size_t half = std::size_t{row % 2} * 2;
  return block[half] | (std::uint64_t{block[half + 1]} << 32);
}

std::uint64_t rows_of_share(double share, std::uint32_t rows) {
  if (share <= 0) return 0;
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::floor(share * rows + 0.5)));
}

std::vector<std::uint32_t> rows_in_order(std::uint64_t seed, std::uint32_t rows) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> keyed(rows);
  for (std::uint32_t row = 0; row < rows; ++row) keyed[row] = {random_word(seed, row), row};
  std::sort(keyed.begin(), keyed.end());
  std::vector<std::uint32_t> order(rows);
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = keyed[i].second;
  return order;
}

struct Counts {
  std::uint64_t test = 0;
  std::uint64_t validation = 0;
};

Result<Counts> counts_of(std::uint32_t rows, double validation_share, double test_share) {
  const Counts counts = {rows_of_share(test_share, rows), rows_of_share(validation_share, rows)};
  if (counts.test + counts.validation >= rows) {
    return Error{
        ErrorKind::config,
        fmt::format("data: validation = {} and test = {} of {} rows leave none to train on",
                    validation_share, test_share, rows)};
  }
  return counts;
}

// The first rows of the order for testing, the next for validation, the others for training.
Split cut(const std::vector<std::uint32_t>& order, const Counts& counts) {
  const auto test_end = order.begin() + static_cast<std::ptrdiff_t>(counts.test);
  const auto validation_end = test_end + static_cast<std::ptrdiff_t>(counts.validation);
  Split split{{validation_end, order.end()}, {test_end, validation_end}, {order.begin(), test_end}};
  for (auto* set : {&split.train, &split.validation, &split.test}) {
    std::sort(set->begin(), set->end());
  }
  return split;
}

}  // namespace

Result<Split> split_rows(std::uint64_t seed, std::uint32_t rows, double validation_share,
                         double test_share) {
  FORKNET_ASSIGN(const Counts counts, counts_of(rows, validation_share, test_share));
  return cut(rows_in_order(seed, rows), counts);
}

Result<Split> split_by_class(std::uint64_t seed, std::span<const std::uint32_t> labels,
                             double validation_share, double test_share) {
  const auto rows = static_cast<std::uint32_t>(labels.size());
  FORKNET_ASSIGN(const Counts counts, counts_of(rows, validation_share, test_share));
  std::vector<std::uint32_t> order = rows_in_order(seed, rows);
  std::vector<std::uint32_t> sizes(*std::max_element(labels.begin(), labels.end()) + 1, 0);
  for (const std::uint32_t label : labels) ++sizes[label];
  std::vector<std::uint32_t> met(sizes.size(), 0);
  std::vector<double> place(rows);
  for (const std::uint32_t row : order) {
    place[row] = (met[labels[row]]++ + 0.5) / sizes[labels[row]];
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return place[a] < place[b]; });
  return cut(order, counts);
}

Result<Split> split_last_rows(std::uint32_t rows, double validation_share, double test_share) {
  FORKNET_ASSIGN(const Counts counts, counts_of(rows, validation_share, test_share));
  std::vector<std::uint32_t> order(rows);
  for (std::uint32_t i = 0; i < rows; ++i) order[i] = rows - 1 - i;
  return cut(order, counts);
}

Result<std::optional<Split>> split_shares(const DataConfig& config, std::uint64_t seed,
                                          std::size_t rows, std::span<const std::uint32_t> labels) {
  const double validation = config.validation.share;
  const double test = config.test.share;
  const auto count = static_cast<std::uint32_t>(rows);
  std::optional<Split> split;
  if (validation <= 0 && test <= 0) return split;
  if (config.table.split == ShareOf::time) {
    FORKNET_ASSIGN(split, split_last_rows(count, validation, test));
  } else if (!labels.empty()) {
    FORKNET_ASSIGN(split, split_by_class(seed, labels, validation, test));
  } else {
    FORKNET_ASSIGN(split, split_rows(seed, count, validation, test));
  }
  return split;
}

}  // namespace forknet::data
