// Numbers of a block of rows as bytes, if all of them are integers from 0 to 255. Pure.
#pragma once

#include <cstdint>
#include <span>

namespace forknet::data::csv {

// Writes a byte for each number. False: some number is not such an integer.
[[nodiscard]] bool pack_bytes(std::span<const float> numbers, std::uint8_t* bytes);

// A quick test of the first numbers: most tables without bytes already fail it.
[[nodiscard]] bool starts_with_bytes(std::span<const float> numbers);

}  // namespace forknet::data::csv
