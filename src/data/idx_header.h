// The head of an IDX file, the format of MNIST (Y. LeCun, "The MNIST database", yann.lecun.com):
//
//   idx    = 0x00 0x00 type rank size{rank} number{size * ... * size}
//   type   = 0x08 u8 | 0x09 i8 | 0x0B i16 | 0x0C i32 | 0x0D f32 | 0x0E f64
//   rank   = one byte, 1..255
//   size   = u32
//
// Numbers of more than one byte are big endian; the last size varies fastest. The declared size is
// checked against the file's real size before anything is allocated for it.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/byte_source.h"
#include "data/reading.h"

namespace forknet::data {

enum class IdxType : std::uint8_t {
  u8 = 0x08,
  i8 = 0x09,
  i16 = 0x0B,
  i32 = 0x0C,
  f32 = 0x0D,
  f64 = 0x0E
};

[[nodiscard]] std::size_t idx_number_bytes(IdxType type);
[[nodiscard]] std::string_view idx_type_name(IdxType type);  // "u8", "i16", ...
[[nodiscard]] bool idx_is_integer(IdxType type);

struct IdxHeader {
  IdxType type = IdxType::u8;
  std::vector<std::size_t> shape;  // rows first; no size is 0
  std::size_t features = 0;        // numbers per row: product of the sizes past the first
  std::size_t content_bytes = 0;   // of all numbers
  [[nodiscard]] std::size_t rows() const { return shape.front(); }
};

// "60000 x 28 x 28"
[[nodiscard]] std::string shape_text(std::span<const std::size_t> shape);

// Reads the header at the start of the content. Error: a plain file does not hold exactly the
// declared bytes, or a compressed one cannot hold them.
[[nodiscard]] Result<IdxHeader> read_idx_header(ByteSource& source);

// Fills `bytes` from the content; an Error if it ends before. `progress` is called after every
// piece, here and below.
[[nodiscard]] Status read_idx_bytes(ByteSource& source, const IdxHeader& header,
                                    std::span<std::byte> bytes,
                                    const ReadingProgress& progress = {});

// All numbers in order, in pieces: take(index of the first, the numbers). A double holds a number
// of every type exactly. Also checks the end of the content.
using NumberSink = std::function<Status(std::size_t first, std::span<const double> numbers)>;
[[nodiscard]] Status read_idx_numbers(ByteSource& source, const IdxHeader& header,
                                      const NumberSink& take, const ReadingProgress& progress = {});

// An Error unless the content ends here.
[[nodiscard]] Status expect_idx_end(ByteSource& source, const IdxHeader& header);

}  // namespace forknet::data
