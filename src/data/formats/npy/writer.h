// Writes the head of an NPY file (header.h), version 1.0: the numbers follow it as they lie, row by
// row, fp32.
#pragma once

#include <cstddef>
#include <string>

namespace forknet::data {

// Its size is a multiple of 64, as numpy has it.
[[nodiscard]] std::string npy_head_f32(std::size_t rows, std::size_t columns);

}  // namespace forknet::data
