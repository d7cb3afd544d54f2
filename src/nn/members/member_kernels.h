// Passes over rows of which row r belongs to member r modulo `members`, with lines of parameters
// for each member (docs/numerics.md). Every target has the bits of the reference.
#pragma once

#include <cstddef>

#include "math/panels.h"
#include "math/product_kernels.h"
#include "math/target.h"

namespace forknet::nn {

// Lines of a panel of parameters that are summed at a time.
inline constexpr std::size_t kMemberLines = 4;

template <class T>
struct MemberArgs {
  std::size_t members = 1;
  math::PanelView<const T> x;       // (rows, inputs)
  math::PanelView<T> y;             // (rows, outputs)
  math::PanelView<const T> errors;  // (rows, outputs)
  math::PanelView<T> to;            // (inputs, rows), the derivative by the inputs
  const T* lines = nullptr;         // parameters: panels of `stride` numbers
  std::size_t stride = 0;
  const T* biases = nullptr;  // of member_dense: panels of `bias_stride` numbers
  std::size_t bias_stride = 0;
  bool adds = false;   // scale() adds the lines after those of the factors
  bool relu = false;   // scale(): then z <= 0 becomes +0, other values stay
  math::Range rows;    // for `to` whole groups of 16, except for the last
  math::Range panels;  // of `to`
};

template <class T>
struct MemberKernels {
  // Line m of a panel has the factors of member m, line members + m what is added.
  // x (rows, n) -> y = x * factor, or fma(x, factor, added)
  void (*scale)(const MemberArgs<T>&) = nullptr;
  // to = errors * factor
  void (*scale_back)(const MemberArgs<T>&) = nullptr;
  // Line m * units + u of a panel has the weights of member m from 16 inputs to unit u.
  // y = x · weights + bias, in 16 lanes and their tree
  void (*dense)(const MemberArgs<T>&) = nullptr;
  // to = errors · weights, units ascending
  void (*dense_back)(const MemberArgs<T>&) = nullptr;
  // Gradients of lines over `rows`, those of one leaf, ascending. Of factors x * errors, of what is
  // added (line >= members) errors; of weights x times the error of the unit. At most kMemberLines.
  void (*scale_sums)(const MemberArgs<T>&, std::size_t panel, math::Range lines, T* sums) = nullptr;
  void (*dense_sums)(const MemberArgs<T>&, std::size_t panel, math::Range lines, T* sums) = nullptr;
};

// Those of a target; the reference if this build has none for it. T is float or double.
template <class T>
[[nodiscard]] MemberKernels<T> member_kernels(math::Target target);

// The oracle: plain loops, one number after the other.
template <class T>
[[nodiscard]] MemberKernels<T> member_reference();

// The first row of `rows` that belongs to a member.
[[nodiscard]] constexpr std::size_t first_of_member(math::Range rows, std::size_t member,
                                                    std::size_t members) {
  return rows.begin + (member + members - rows.begin % members) % members;
}

}  // namespace forknet::nn
