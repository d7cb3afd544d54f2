// The numbers of an NPY array, as bytes or rounded once to fp32 or fp64, in the order of rows.
// Errors are of kind data.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "data/formats/npy/header.h"
#include "data/formats/npy/source.h"

namespace forknet::data {

// Fills `to` (rows, features) from the content, header.numbers() of them, and checks that the
// content ends there. u8: only for a type of one byte (uint8).
[[nodiscard]] Status read_npy_numbers(const NpySource& source, const NpyHeader& header,
                                      std::span<std::uint8_t> to);
[[nodiscard]] Status read_npy_numbers(const NpySource& source, const NpyHeader& header,
                                      std::span<float> to);
[[nodiscard]] Status read_npy_numbers(const NpySource& source, const NpyHeader& header,
                                      std::span<double> to);

// All numbers in the order of the file, in pieces: take(number of the first, the numbers). Also
// checks the end. npy_place: the row-major index of a number of the file: row = place / features,
// column = place % features.
using NpyPieces = std::function<Status(std::size_t first, std::span<const double> numbers)>;
[[nodiscard]] Status read_npy_pieces(const NpySource& source, const NpyHeader& header,
                                     const NpyPieces& take);
[[nodiscard]] std::size_t npy_place(const NpyHeader& header, std::size_t number);

// An Error with row and column of the first number that is not finite in fp32.
[[nodiscard]] Status check_npy_finite(const NpySource& source, const NpyHeader& header,
                                      std::span<const float> numbers);

// IEEE 754 binary16, exactly.
[[nodiscard]] float float_of_half(std::uint16_t bits);

}  // namespace forknet::data
