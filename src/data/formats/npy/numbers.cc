#include "data/formats/npy/numbers.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstring>
#include <limits>
#include <type_traits>
#include <vector>

#include "base/check.h"
#include "base/try.h"
#include "data/error.h"

namespace forknet::data {
namespace {

constexpr std::size_t kPieceNumbers = 16'384;

template <std::unsigned_integral Bits>
Bits load(const std::byte* bytes, bool big_endian) {
  Bits value = 0;
  for (std::size_t i = 0; i < sizeof(Bits); ++i) {
    const std::size_t shift = 8 * (big_endian ? sizeof(Bits) - 1 - i : i);
    value = static_cast<Bits>(value | (std::to_integer<Bits>(bytes[i]) << shift));
  }
  return value;
}

// Rounds once; numbers beyond fp32 become infinite.
template <class To>
To converted(double number) {
  if constexpr (std::is_same_v<To, float>) {
    const bool fits = std::abs(number) <= double{std::numeric_limits<float>::max()};
    if (!fits && !std::isnan(number)) {
      return std::copysign(std::numeric_limits<float>::infinity(),
                           static_cast<float>(std::signbit(number) ? -1 : 1));
    }
  }
  return static_cast<To>(number);
}

template <class To, class From, std::unsigned_integral Bits, class Convert>
void decode_as(const std::byte* raw, bool big_endian, std::span<To> to, const Convert& convert) {
  // Two loops, so that each has a fixed byte order.
  if (big_endian) {
    for (std::size_t i = 0; i < to.size(); ++i) {
      to[i] = convert(static_cast<From>(load<Bits>(raw + i * sizeof(Bits), true)));
    }
  } else {
    for (std::size_t i = 0; i < to.size(); ++i) {
      to[i] = convert(static_cast<From>(load<Bits>(raw + i * sizeof(Bits), false)));
    }
  }
}

template <class To, std::unsigned_integral Bits>
void decode_integers(NpyKind kind, const std::byte* raw, bool big, std::span<To> to) {
  const auto plain = [](auto number) { return static_cast<To>(number); };
  if (kind == NpyKind::whole) {
    decode_as<To, std::make_signed_t<Bits>, Bits>(raw, big, to, plain);
  } else {
    decode_as<To, Bits, Bits>(raw, big, to, plain);
  }
}

template <class To>
void decode_reals(std::size_t bytes, const std::byte* raw, bool big, std::span<To> to) {
  if (bytes == 2) {
    decode_as<To, std::uint16_t, std::uint16_t>(
        raw, big, to, [](std::uint16_t bits) { return To{float_of_half(bits)}; });
  } else if (bytes == 4) {
    decode_as<To, std::uint32_t, std::uint32_t>(
        raw, big, to, [](std::uint32_t bits) { return To{std::bit_cast<float>(bits)}; });
  } else {
    decode_as<To, std::uint64_t, std::uint64_t>(raw, big, to, [](std::uint64_t bits) {
      return converted<To>(std::bit_cast<double>(bits));
    });
  }
}

template <class To>
void decode(const NpyHeader& header, const std::byte* raw, std::span<To> to) {
  const NpyType type = header.type;
  const bool big = header.big_endian;
  if constexpr (!std::is_same_v<To, std::uint8_t>) {
    if (type.kind == NpyKind::real) return decode_reals(type.bytes, raw, big, to);
    if (type.bytes == 2) return decode_integers<To, std::uint16_t>(type.kind, raw, big, to);
    if (type.bytes == 4) return decode_integers<To, std::uint32_t>(type.kind, raw, big, to);
    if (type.bytes == 8) return decode_integers<To, std::uint64_t>(type.kind, raw, big, to);
  }
  decode_integers<To, std::uint8_t>(type.kind, raw, big, to);
}

// The column of one run of rows of a Fortran array, in which the first size varies fastest; runs
// are numbered in the order of the file.
std::size_t fortran_column(const NpyHeader& header, std::size_t run) {
  std::size_t place = 0;
  std::size_t stride = header.features;
  for (std::size_t axis = 1; axis < header.shape.size(); ++axis) {
    stride /= header.shape[axis];
    place += run % header.shape[axis] * stride;
    run /= header.shape[axis];
  }
  return place;
}

// Consecutive numbers of the file of a Fortran array, from number `first` on.
template <class To>
void put(const NpyHeader& header, std::size_t first, std::span<const To> numbers,
         std::span<To> to) {
  const std::size_t rows = header.rows();
  for (std::size_t i = 0; i < numbers.size();) {
    const std::size_t row = (first + i) % rows;
    const std::size_t count = std::min(rows - row, numbers.size() - i);
    const std::size_t column = fortran_column(header, (first + i) / rows);
    for (std::size_t r = 0; r < count; ++r) {
      to[(row + r) * header.features + column] = numbers[i + r];
    }
    i += count;
  }
}

// A byte that is neither 0 nor 1 is not a bool: the file is damaged.
Status check_booleans(const NpySource& source, const NpyHeader& header,
                      std::span<const std::byte> raw) {
  if (header.type.kind != NpyKind::boolean) return {};
  const auto wrong =
      std::find_if(raw.begin(), raw.end(), [](std::byte b) { return b > std::byte{1}; });
  if (wrong == raw.end()) return {};
  return data_error("{}: a bool is stored as {}; 0 or 1 was expected; is the file damaged?",
                    source.name, std::to_integer<int>(*wrong));
}

// All numbers in the order of the file: place(number of the first, count) returns where a piece is
// decoded to; done(first, piece) processes it.
template <class To, class Place, class Done>
Status read_in_pieces(const NpySource& source, const NpyHeader& header, const Place& place,
                      const Done& done) {
  const std::size_t each = header.type.bytes;
  const std::size_t total = header.numbers();
  const std::size_t piece = std::min(total, kPieceNumbers);
  std::vector<std::byte> raw(piece * each);
  for (std::size_t first = 0; first < total; first += piece) {
    const std::size_t count = std::min(piece, total - first);
    const std::span<std::byte> bytes = std::span(raw).first(count * each);
    FORKNET_ASSIGN(const std::size_t got, source.read(bytes));
    if (got < bytes.size()) return npy_holds_less(source, header, first * each + got);
    FORKNET_TRY(check_booleans(source, header, bytes));
    const std::span<To> to = place(first, count);
    decode(header, raw.data(), to);
    FORKNET_TRY(done(first, to));
    if (source.progress) source.progress(source.name, (first + count) * each, total * each);
  }
  return expect_npy_end(source, header);
}

template <class To>
Status read_numbers(const NpySource& source, const NpyHeader& header, std::span<To> to) {
  FORKNET_CHECK(to.size() == header.numbers());
  if (!header.fortran) {
    return read_in_pieces<To>(
        source, header,
        [&](std::size_t first, std::size_t count) { return to.subspan(first, count); },
        [](std::size_t, std::span<const To>) { return Status(); });
  }
  std::vector<To> numbers(std::min(to.size(), kPieceNumbers));
  return read_in_pieces<To>(
      source, header,
      [&](std::size_t, std::size_t count) { return std::span(numbers).first(count); },
      [&](std::size_t first, std::span<const To> piece) {
        put(header, first, piece, to);
        return Status();
      });
}

}  // namespace

float float_of_half(std::uint16_t bits) {
  constexpr int kMantissaBits = 10;
  const int exponent = bits >> kMantissaBits & 0x1f;
  const auto mantissa = static_cast<float>(bits & 0x3ff);
  float value = 0;
  if (exponent == 0) {
    value = std::ldexp(mantissa, -24);
  } else if (exponent < 31) {
    value = std::ldexp(mantissa + 1024.0F, exponent - 25);
  } else {
    value = mantissa == 0 ? std::numeric_limits<float>::infinity()
                          : std::numeric_limits<float>::quiet_NaN();
  }
  return (bits & 0x8000) != 0 ? -value : value;
}

Status read_npy_numbers(const NpySource& source, const NpyHeader& header,
                        std::span<std::uint8_t> to) {
  FORKNET_CHECK(header.type.is_u1());
  return read_numbers(source, header, to);
}

Status read_npy_numbers(const NpySource& source, const NpyHeader& header, std::span<float> to) {
  return read_numbers(source, header, to);
}

Status read_npy_numbers(const NpySource& source, const NpyHeader& header, std::span<double> to) {
  return read_numbers(source, header, to);
}

Status read_npy_pieces(const NpySource& source, const NpyHeader& header, const NpyPieces& take) {
  std::vector<double> numbers(std::min(header.numbers(), kPieceNumbers));
  return read_in_pieces<double>(
      source, header,
      [&](std::size_t, std::size_t count) { return std::span(numbers).first(count); }, take);
}

std::size_t npy_place(const NpyHeader& header, std::size_t number) {
  if (!header.fortran) return number;
  return number % header.rows() * header.features + fortran_column(header, number / header.rows());
}

Status check_npy_finite(const NpySource& source, const NpyHeader& header,
                        std::span<const float> numbers) {
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (std::isfinite(numbers[i])) continue;
    return data_error(
        "{}: row {}, column {}: {} is not a finite fp32 number\n"
        "models train on finite numbers alone: replace it, or leave the row out",
        source.name, i / header.features, i % header.features, numbers[i]);
  }
  return {};
}

}  // namespace forknet::data
