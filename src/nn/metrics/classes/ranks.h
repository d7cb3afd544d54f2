// Where the outputs of rows have their labels. The largest output is first; of equal ones the unit
// that comes first, as for accuracy (hits.h).
#pragma once

#include <cstdint>
#include <limits>

#include "math/panels.h"

namespace forknet::nn {

// Of a row with a NaN among its outputs: it is no class.
inline constexpr std::uint32_t kNoClass = std::numeric_limits<std::uint32_t>::max();

// outputs (rows, units), before the link; labels (rows), below units
//   -> ranks (rows): how many units come before the label's; kNoClass with a NaN
//   -> predicted (rows): the unit that comes first; kNoClass with a NaN
template <class T>
void rank_labels(const math::PanelView<const T>& outputs, const std::uint32_t* labels,
                 std::uint32_t* ranks, std::uint32_t* predicted);

}  // namespace forknet::nn
