// A distribution of first weights, by the numbers of inputs and outputs of what the weights
// connect. docs/numerics.md defines the numbers drawn.
#pragma once

#include <cstddef>
#include <string_view>

namespace forknet::nn {

struct Init {
  // Normal numbers; uniform numbers of a range around 0; zeros, without a random number.
  enum class Shape { normal, uniform, zeros };

  std::string_view name;  // in configs
  Shape shape = Shape::zeros;
  double (*variance)(double inputs, double outputs) = nullptr;  // null for zeros
};

// What numbers of deviation 1 (normal) or from [-1, 1) (uniform) are multiplied by.
[[nodiscard]] double factor_of(const Init& init, std::size_t inputs, std::size_t outputs);

}  // namespace forknet::nn
