// The head of an NPY file ("A simple file format for NumPy arrays", numpy.lib.format, versions 1.0,
// 2.0 and 3.0):
//
//   npy    = "\x93NUMPY" major minor length literal number{size * ... * size}
//   length = u16 in version 1.0, u32 in 2.0 and 3.0, little endian: bytes of the literal
//   literal = a Python dict of descr, fortran_order and shape, spaces, a line end
//   descr  = one of < > | = and b1 i1 u1 i2 u2 i4 u4 i8 u8 f2 f4 f8
//
// The literal is parsed, never evaluated. The declared size is checked against the real content
// before memory is allocated for it. Pickled objects, structures, complex numbers, texts and dates
// are refused. Errors are of kind data.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/formats/npy/source.h"

namespace forknet::data {

enum class NpyKind : std::uint8_t { boolean, whole, natural, real };  // b, i, u, f

struct NpyType {
  NpyKind kind = NpyKind::natural;
  std::size_t bytes = 1;  // 1, 2, 4, 8
  [[nodiscard]] bool is_u1() const { return kind == NpyKind::natural && bytes == 1; }
};

// numpy's name: "uint8", "float32", "bool".
[[nodiscard]] std::string npy_type_name(const NpyType& type);

struct NpyHeader {
  NpyType type;
  bool big_endian = false;
  bool fortran = false;            // the first size varies fastest
  std::vector<std::size_t> shape;  // rows first; at least one size, none of them 0
  std::size_t features = 0;        // numbers per row: product of the sizes past the first
  std::size_t content_bytes = 0;   // of all numbers
  [[nodiscard]] std::size_t rows() const { return shape.front(); }
  [[nodiscard]] std::size_t numbers() const { return rows() * features; }
};

// Parses the literal alone; `name` is for messages.
[[nodiscard]] Result<NpyHeader> parse_npy_literal(std::string_view literal,
                                                  const std::string& name);

// Reads the header at the start of the content.
[[nodiscard]] Result<NpyHeader> read_npy_header(const NpySource& source);

// An Error unless the content ends here.
[[nodiscard]] Status expect_npy_end(const NpySource& source, const NpyHeader& header);

// "the header promises 3 x 4 of float32 = 48 bytes, the file holds `held`"
[[nodiscard]] Error npy_holds_less(const NpySource& source, const NpyHeader& header,
                                   std::uint64_t held);

}  // namespace forknet::data
