// An activation: a function of one number that a dense layer applies to each of its outputs, and
// its slope. Each is one file of this folder with its vector operations and, beside them, the plain
// reference; list.h names them all. docs/numerics.md defines their operations.
#pragma once

#include <cstddef>
#include <string_view>

#include "math/target.h"

namespace forknet::math {

// errors[i] = (errors[i] * factors[i]) * slope at i, for `numbers` numbers.
template <class T>
struct SlopeArgs {
  const T* y = nullptr;        // outputs of the activation
  const T* sums = nullptr;     // what it was applied to; null unless Activation::needs_sums
  const T* factors = nullptr;  // of dropout; null: there are none
  T* errors = nullptr;
  std::size_t numbers = 0;
};

// The operations of a target on runs of numbers: whole lines of 16; for the reference any number.
template <class T>
struct ActivationLines {
  // y[i] = activation(z[i]); y may be z.
  void (*value)(const T* z, T* y, std::size_t numbers);
  void (*slope)(const SlopeArgs<T>& args);
};

// What the product before it does in registers (ProductArgs), so that no pass over its results is
// needed.
enum class InProduct { nothing, all, relu };

struct Activation {
  std::string_view name;  // in configs and model files
  InProduct in_product = InProduct::nothing;
  // The slope takes the sums from before the activation; the output alone does not determine it.
  bool needs_sums = false;
  const ActivationLines<float>& (*floats)(Target) = nullptr;
  const ActivationLines<double>& (*doubles)(Target) = nullptr;

  // T is float or double.
  template <class T>
  [[nodiscard]] const ActivationLines<T>& lines(Target target) const {
    if constexpr (sizeof(T) == sizeof(float)) {
      return floats(target);
    } else {
      return doubles(target);
    }
  }
};

}  // namespace forknet::math
