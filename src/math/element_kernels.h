// Everything of a training step that is not a product: activations, dropout, transposes and
// reductions, over panels. All targets compute every number by the same operations in the same
// order, so the bits agree with the plain-loop reference (docs/numerics.md). T is float or double.
//
// A call touches no rows and panels outside its ranges, so threads may share a matrix. Where a
// transposed copy is written as well, a range of rows begins and ends at multiples of 16 (or at the
// last row). Padding is never read as a number: it may hold anything, NaN included. Padding of
// outputs becomes 0: columns past the last, and in transposed views lanes past the last row. No
// function here allocates (those of the reference do). A NaN stays a NaN; its bits are unspecified.
// The calling thread's floating-point state must be that of float_state.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/philox.h"
#include "math/activations/list.h"
#include "math/panels.h"
#include "math/product_kernels.h"
#include "math/target.h"

namespace forknet::math {

// The functions of docs/numerics.md, here as maps over arrays (tests, initialisation).
enum class Function { exp, log, tanh, sigmoid, sin_two_pi, cos_two_pi, expm1, log1p, normal };

// z (rows, units) -> y (rows, units), which may be the storage of z.
template <class T>
struct ActivationArgs {
  const Activation* activation = &activations::linear();
  PanelView<const T> z;
  PanelView<T> y;
  Range rows;
  Range panels;
};

// Carries errors back through an activation and writes them in both orders.
//   dx (units, rows): result of the next product; y (rows, units): the activation's output, before
//   dropout; sums (rows, units), if the activation needs them: what it was applied to; `factors`
//   (rows, units), optional, of dropout: dx * factor first
//   dz(r, u) = dx(u, r) * the slope at (r, u)
//   written to dz (rows, units) and, if it has data, to dz_transposed (units, rows), which may be
//   the storage of dx. `rows` are rows of dz, from a multiple of 16 to one or to the last; `panels`
//   are panels of dz.
template <class T>
struct ActivationBackwardArgs {
  const Activation* activation = &activations::linear();
  PanelView<const T> dx;
  PanelView<const T> y;
  PanelView<const T> sums;
  PanelView<const T> factors;
  PanelView<T> dz;
  PanelView<T> dz_transposed;
  Range rows;
  Range panels;
};

// Dropout factors of one batch: 0 with probability rate, else 1 / (1 - rate), computed in double
// and rounded to T. Unit u of a sample keeps its output when word u % 4 of
//   philox4x32({sample, step, layer << 24 | u / 4, Purpose::dropout}, seed)
// is at least floor(rate * 2^32). `samples` are rows of the data set, samples[r] that of row r;
// step is the low 32 bits of the step's number; layer < 256; 0 <= rate < 1.
template <class T>
struct DropoutArgs {
  double rate = 0.0;
  std::uint64_t seed = 0;
  std::uint32_t step = 0;
  std::uint32_t layer = 0;
  const std::uint32_t* samples = nullptr;
  PanelView<T> factors;  // (rows, units)
  Range rows;
  Range panels;
};

// out = x * factors, element by element; out may be x.
template <class T>
struct MultiplyArgs {
  PanelView<const T> x;
  PanelView<const T> factors;
  PanelView<T> out;
  Range rows;
  Range panels;
};

// Scales rows of a table into rows of panels: to(first + r, c) = (from[r][c] - offset) * factor.
// The number is converted to T; difference and product are rounded one by one. With bends, x, which
// is that number or +-kMostBent if it is beyond, becomes x / sqrt(x * x * bend + 1), all five
// rounded one by one. Does not read past from[r][to.columns - 1]. V is uint8_t or float.
template <class V, class T>
struct ScaleArgs {
  std::span<const V* const> from;
  std::span<const float> offset;  // one for each column, or one for all
  std::span<const float> factor;  // as many
  PanelView<T> to;
  std::size_t first = 0;
  std::span<const float> bend = {};  // one for each column, or none
};

// Its square is finite.
inline constexpr float kMostBent = 0x1p40F;

template <class T>
struct ElementKernels {
  // out[i] = function(in[i]); the spans have the same size and may be the same.
  void (*map)(Function, std::span<const T> in, std::span<T> out);
  void (*activation)(const ActivationArgs<T>&);
  void (*activation_backward)(const ActivationBackwardArgs<T>&);
  void (*dropout)(const DropoutArgs<T>&);
  void (*multiply)(const MultiplyArgs<T>&);
  void (*scale_bytes)(const ScaleArgs<std::uint8_t, T>&);
  void (*scale_floats)(const ScaleArgs<float, T>&);
  // Sum: element i goes to lane i % 16, every lane begins at 0; lanes fold l + (l+8), +4, +2, +1.
  T (*sum)(std::span<const T>);
  // out[i] = normal number i of stream (seed, purpose, a, b), mean 0, deviation 1, by Box and
  // Muller from the words of block c = i / 4 (docs/numerics.md); uniforms: the same in [-1, 1).
  void (*normals)(std::uint64_t seed, Purpose purpose, std::uint32_t a, std::uint32_t b,
                  std::span<T> out);
  void (*uniforms)(std::uint64_t seed, Purpose purpose, std::uint32_t a, std::uint32_t b,
                   std::span<T> out);
};

// The kernels of a target; the reference if this build has none for it.
template <class T>
[[nodiscard]] const ElementKernels<T>& element_kernels(Target target);

// The oracle: plain loops, one number after the other.
template <class T>
[[nodiscard]] const ElementKernels<T>& reference_element_kernels();

}  // namespace forknet::math
