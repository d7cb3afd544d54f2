#include "data/split.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "base/philox.h"

namespace forknet::data {
namespace {

// The word of a row: half `row % 2` of block row / 2, the first 32 bits being the low ones.
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

}  // namespace

Result<Split> split_rows(std::uint64_t seed, std::uint32_t rows, double validation_share,
                         double test_share) {
  const std::uint64_t test = rows_of_share(test_share, rows);
  const std::uint64_t validation = rows_of_share(validation_share, rows);
  if (test + validation >= rows) {
    return Error{
        ErrorKind::config,
        fmt::format("data: validation = {} and test = {} of {} rows leave none to train on",
                    validation_share, test_share, rows)};
  }
  const std::vector<std::uint32_t> order = rows_in_order(seed, rows);
  const auto test_end = order.begin() + static_cast<std::ptrdiff_t>(test);
  const auto validation_end = test_end + static_cast<std::ptrdiff_t>(validation);
  Split split{{validation_end, order.end()}, {test_end, validation_end}, {order.begin(), test_end}};
  for (auto* set : {&split.train, &split.validation, &split.test}) {
    std::sort(set->begin(), set->end());
  }
  return split;
}

}  // namespace forknet::data
