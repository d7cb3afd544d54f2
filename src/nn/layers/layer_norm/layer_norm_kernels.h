// The passes of layer_norm over rows of panels (docs/numerics.md). Every target has the bits of the
// reference.
#pragma once

#include <cstddef>

#include "math/panels.h"
#include "math/product_kernels.h"
#include "math/target.h"

namespace forknet::nn {

inline constexpr std::size_t kNormLines = 2;  // of a panel of parameters: scale and shift

template <class T>
struct LayerNormArgs {
  math::PanelView<const T> x;        // (rows, features)
  const T* parameters = nullptr;     // panels of two lines
  T eps = 0;                         // added to the variance
  math::PanelView<T> y;              // (rows, features)
  math::PanelView<T> statistics;     // (rows, 2): mean and 1 / deviation; without data: not kept
  math::PanelView<const T> factors;  // (rows, features), or without data: none
  math::PanelView<T> errors;         // (rows, features)
  math::PanelView<T> transposed;     // (features, rows)
  bool hands_down = false;
  math::Range rows;  // for `transposed` whole groups of 16, except for the last
};

template <class T>
struct LayerNormKernels {
  // x -> y, statistics
  void (*forward)(const LayerNormArgs<T>&) = nullptr;
  // transposed (the derivative by y) and factors -> errors (their product); with hands_down the
  // derivative by x -> transposed
  void (*take_errors)(const LayerNormArgs<T>&) = nullptr;
  // errors -> the sums of the two lines of one panel over the rows, which are those of one leaf
  void (*sum_leaf)(const LayerNormArgs<T>&, std::size_t panel, T* sums) = nullptr;
};

// Those of a target; the reference if this build has none for it. T is float or double.
template <class T>
[[nodiscard]] LayerNormKernels<T> layer_norm_kernels(math::Target target);

// The oracle: plain loops, one number after the other.
template <class T>
[[nodiscard]] LayerNormKernels<T> layer_norm_reference();

}  // namespace forknet::nn
