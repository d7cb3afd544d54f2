// How large a grid may be: what the words that its cells share have room for.
#pragma once

#include <cstddef>

namespace forknet::run {

inline constexpr std::size_t kMostCells = 4096;

}  // namespace forknet::run
