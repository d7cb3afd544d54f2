#include "data/formats/npy/writer.h"

#include <fmt/format.h>

#include <bit>

namespace forknet::data {

std::string npy_head_f32(std::size_t rows, std::size_t columns) {
  constexpr std::size_t kAlignment = 64;
  constexpr std::size_t kBefore = 10;  // magic, version, length
  std::string literal =
      fmt::format("{{'descr': '{}f4', 'fortran_order': False, 'shape': ({}, {}), }}",
                  std::endian::native == std::endian::little ? '<' : '>', rows, columns);
  const std::size_t used = (kBefore + literal.size() + 1) % kAlignment;
  literal.append(used == 0 ? 0 : kAlignment - used, ' ');
  literal += '\n';
  std::string head = "\x93NUMPY\x01";
  head += '\0';
  head += static_cast<char>(literal.size() & 0xff);
  head += static_cast<char>(literal.size() >> 8);
  return head + literal;
}

}  // namespace forknet::data
