// The middle of a column's values.
#pragma once

#include <vector>

namespace forknet::data::csv {

// The median; of an even number of values the mean of the two in the middle, taken in doubles. None
// is NaN, and there is at least one. Changes their order.
[[nodiscard]] float middle_of(std::vector<float>& values);

// The same where each value counts as often as its weight says (rows, weights above 0): the value
// below which half of all weight lies, or the mean of two where just half does.
[[nodiscard]] float middle_of(const std::vector<float>& values, const std::vector<float>& weights);

}  // namespace forknet::data::csv
