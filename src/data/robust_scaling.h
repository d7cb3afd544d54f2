// The scaling of columns with far values: a feature's median becomes 0, the distance of its
// quartiles 1, and what is far away is drawn in smoothly to between -3 and 3. Source: Holzmüller,
// Grinsztajn and Steinwart 2024, arXiv:2407.04491, "robust scale and smooth clip".
//
//   offset = median
//   factor = 1 / (upper quartile - lower quartile); if these are equal 2 / (largest - smallest)
//   bend   = 1/9
//
// Quartiles are those of the weights: the value up to which a quarter of the rows' weight lies, or
// the mean of it and the next if exactly a quarter does. A weight of 2 counts like two rows. A
// feature that is constant has factor 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "data/scaling.h"
#include "data/table.h"

namespace forknet::data {

// Three quantiles of a feature and its ends.
struct Quartiles {
  float least = 0;
  double lower = 0;
  double middle = 0;
  double upper = 0;
  float most = 0;
};

// Of at least one value, none of them NaN; `weights`: as many, above 0, or none. Changes the order
// of the values.
[[nodiscard]] Quartiles quartiles_of(std::span<float> values, std::span<const float> weights);

// Fitted to those rows of the table; no rows means all. Takes memory for a sixteenth of the table,
// or 32 MiB. The same for any number of threads.
[[nodiscard]] Scaling fit_robust(const Table& table, std::span<const std::uint32_t> rows,
                                 std::size_t threads);

}  // namespace forknet::data
