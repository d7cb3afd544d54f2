// Sums of squares of numbers in panels, for norms (docs/numerics.md, Clipping). In fp64 for both
// precisions: the square of an fp32 number is exact there.
#pragma once

#include <cstddef>

namespace forknet::math {

// The sum of the squares of `lines` lines of 16 numbers: added line after line in 16 lanes, which
// begin at +0; then the tree over the lanes.
template <class T>
[[nodiscard]] double square_sum(const T* numbers, std::size_t lines);

}  // namespace forknet::math
