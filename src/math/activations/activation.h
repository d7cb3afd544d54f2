// An activation: a function of one number that a dense layer applies to each of its outputs, and
// its slope. Each is one file of this folder with its vector operations and, beside them, the plain
// reference; list.h names them all. docs/numerics.md defines their operations. Vector operations
// take whole lines of 16 numbers, the reference any number of them.
#pragma once

#include <forknet/activation.h>

#include <string_view>

#include "math/target.h"

namespace forknet::math {

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
  // Of an activation that a program registered: the same for all targets.
  const OwnActivation* own = nullptr;

  [[nodiscard]] bool is_identity() const { return in_product == InProduct::all; }

  // T is float or double.
  template <class T>
  [[nodiscard]] const ActivationLines<T>& lines(Target target) const {
    if constexpr (sizeof(T) == sizeof(float)) {
      return own == nullptr ? floats(target) : own->floats;
    } else {
      return own == nullptr ? doubles(target) : own->doubles;
    }
  }
};

}  // namespace forknet::math
