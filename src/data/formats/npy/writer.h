// Writes the header of an NPY file (header.h), version 1.0. The numbers follow it, row by row,
// fp32.
#pragma once

#include <cstddef>
#include <string>

namespace forknet::data {

// Its size is a multiple of 64, as numpy requires.
[[nodiscard]] std::string npy_head_f32(std::size_t rows, std::size_t columns);

}  // namespace forknet::data
