// The median of a column's values.
#pragma once

#include <vector>

namespace forknet::data::csv {

// The median; of an even number of values the mean of the middle two, in double. Requires at least
// one value and no NaN. Changes the order of the values.
[[nodiscard]] float middle_of(std::vector<float>& values);

// The weighted median (one weight above 0 per value): the value below which half of the total
// weight lies, or the mean of two if exactly half does.
[[nodiscard]] float middle_of(const std::vector<float>& values, const std::vector<float>& weights);

}  // namespace forknet::data::csv
