// The largest number of cells, which sizes the control page that they share, and the largest text
// of a run folder that is read whole.
#pragma once

#include <cstddef>

namespace forknet::run {

inline constexpr std::size_t kMostCells = 4096;
inline constexpr std::size_t kMostText = std::size_t{1} << 24;

}  // namespace forknet::run
