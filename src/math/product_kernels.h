// The products of training, all over panels (panels.h). Every element is one chain: fused
// multiply-adds over k in ascending order from zero, in blocks of kBlockTerms terms, with block
// results added in order (docs/numerics.md). Elements are independent, so any division of rows,
// panels or leaves among calls, threads or targets gives the same bits.
#pragma once

#include <cstddef>
#include <cstdint>

#include "math/bit_sum.h"
#include "math/panels.h"
#include "math/target.h"

namespace forknet::math {

// [begin, end)
struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
  [[nodiscard]] constexpr std::size_t size() const { return end - begin; }
};

// c (m, n) = a (m, k) · b (k, n) [+ bias (n)] [then relu], for the rows and panels of c in range.
//   forward:        a = activations (rows, in), b = weights (in, out), c = outputs (rows, out)
//   input gradient: a = weights (in, out) read as (m = in, k = out), b = errors (out, rows),
//                   c = input errors (in, rows)
template <class T>
struct ProductArgs {
  PanelView<const T> a;
  PanelView<const T> b;
  PanelView<T> c;
  const T* bias = nullptr;      // the line of panel 0; panel p's is at bias + p * bias_stride
  std::size_t bias_stride = 0;  // numbers
  bool relu = false;            // after the bias: z <= 0 becomes +0, other values (NaN too) stay
  Range rows;                   // of c
  Range panels;                 // of c
};

// The most regions of state that an optimizer keeps beside the weights, and numbers of its rule.
inline constexpr std::size_t kMostStates = 4;
inline constexpr std::size_t kMostConstants = 12;

template <class T>
struct WeightUpdate;
// Applies gradient sums to `lines` lines of 16 numbers from `index` on; sums points to the first,
// 64-byte aligned.
template <class T>
using ApplyUpdate = void (*)(const WeightUpdate<T>&, std::size_t index, std::size_t lines,
                             const T* sums);
// The same rule in both precisions.
struct UpdateFunctions {
  ApplyUpdate<float> f32 = nullptr;
  ApplyUpdate<double> f64 = nullptr;
  template <class T>
  [[nodiscard]] ApplyUpdate<T> of() const {
    if constexpr (sizeof(T) == 4) return f32;
    if constexpr (sizeof(T) == 8) return f64;
  }
};

// How a gradient sum changes a weight w and its state. All in T:
//   g = sum * scale; clip (clip > 0): g = g > clip ? clip : g < -clip ? -clip : g
//   weight decay (decay > 0): g = fma(decay, w, g)
//   then what `apply` does with w, g and the state (src/nn/optimizers). Without `apply` w' = g: the
//   gradient itself is kept.
template <class T>
struct UpdateRule {
  ApplyUpdate<T> apply = nullptr;
  T scale = 1;  // every gradient sum is multiplied by this once: 1 / rows of the batch
  T decay = 0;
  T clip = 0;
  T constants[kMostConstants] = {};  // of `apply`
  const void* part = nullptr;        // of `apply`; outlives the rule
  bool keeps_at_zero = false;        // a sum of +0 changes no bit of a weight and its state
};

// A block of weights and their state, such as of a dense layer: out/16 panels of in + 1 lines; the
// last line is the bias. Outputs may be the inputs (in place) or another version.
template <class T>
struct WeightUpdate {
  const T* weights = nullptr;
  T* next = nullptr;  // the weights after the update
  const T* state[kMostStates] = {};
  T* next_state[kMostStates] = {};
  std::size_t states = 0;  // of state and next_state
  std::size_t panel_stride = 0;
  bool streams = false;  // writes bypass the caches: for another version that is large
  UpdateRule<T> rule;
  // The rule of `undecayed_lines` of each panel, which have no weight decay, in place of `rule`;
  // null: `rule` is that of all lines. It outlives the update.
  const UpdateRule<T>* undecayed = nullptr;
  Range undecayed_lines = {};
  // Unscaled gradient sums of earlier leaves (math::left_leaves), to which the sums of these leaves
  // are added; null: there are none.
  const T* before = nullptr;
  // Receives the bits of all numbers written; null, or a rule without `apply`: they are not
  // counted.
  BitSum* written = nullptr;
};

// Gradient sums and update of the weights (in, out) of one dense layer, for the tiles in range: the
// chain over the rows of each leaf; leaves added in the balanced tree over their numbers; scaled
// once; then applied. With `bias` the bias line is updated in the same way (its chain adds the
// errors).
template <class T>
struct GradientArgs {
  PanelView<const T> x;   // inputs (rows, in)
  PanelView<const T> dy;  // errors (rows, out)
  std::size_t leaf_rows = 0;
  Range in_panels;   // of x
  Range out_panels;  // of dy
  bool bias = true;  // also the bias lines of out_panels
  WeightUpdate<T> update;
};

template <class T>
struct ProductKernels {
  void (*product)(const ProductArgs<T>&);
  void (*gradient)(const GradientArgs<T>&);
  ApplyUpdate<T> update;
};

// The kernels of a target; T is float or double.
template <class T>
[[nodiscard]] const ProductKernels<T>& product_kernels(Target target);

// The oracle: plain loops, one element after the other.
template <class T>
[[nodiscard]] const ProductKernels<T>& reference_product_kernels();

}  // namespace forknet::math
