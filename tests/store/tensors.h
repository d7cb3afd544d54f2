// Tensors and hand-made files for the store's tests.
#pragma once

#include <cstdint>
#include <cstring>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "store/safetensors.h"

namespace forknet::store {

template <class T>
NamedTensor tensor(std::string name, DType dtype, Shape shape, const std::vector<T>& numbers) {
  return {.name = std::move(name),
          .dtype = dtype,
          .shape = std::move(shape),
          .bytes = std::as_bytes(std::span(numbers)),
          .produce = {}};
}

inline std::vector<float> random_floats(std::size_t count, std::mt19937& random) {
  std::vector<float> numbers(count);
  std::normal_distribution<float> normal;
  for (float& number : numbers) number = normal(random);
  return numbers;
}

// A file by the grammar, whatever the header says: as other programs, or accidents, write it.
inline std::string foreign_file(const std::string& header, std::size_t data_bytes) {
  std::string file(8, '\0');
  const std::uint64_t length = header.size();
  std::memcpy(file.data(), &length, 8);
  file += header;
  for (std::size_t i = 0; i < data_bytes; ++i) file += static_cast<char>(i);
  return file;
}

}  // namespace forknet::store
