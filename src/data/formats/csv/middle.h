// The middle of a column's values.
#pragma once

#include <vector>

namespace forknet::data::csv {

// The median; of an even number of values the mean of the two in the middle, taken in doubles. None
// is NaN, and there is at least one. Changes their order.
[[nodiscard]] float middle_of(std::vector<float>& values);

}  // namespace forknet::data::csv
