// The tools of all element kernels: lines of 16 numbers as vectors, folds of a line's lanes, maps
// over runs of lines. Included once per target.

#if defined(FORKNET_MATH_ELEMENT_LINES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FORKNET_MATH_ELEMENT_LINES_INL_H_
#undef FORKNET_MATH_ELEMENT_LINES_INL_H_
#else
#define FORKNET_MATH_ELEMENT_LINES_INL_H_
#endif

#include <algorithm>
#include <array>
#include <cstddef>

#include "hwy/highway.h"
#include "math/panels.h"
#include "math/product_kernels.h"
#include "math/target.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::math::HWY_NAMESPACE::elements {

namespace hn = hwy::HWY_NAMESPACE;

// The target for which Highway compiles now.
inline constexpr Target kTarget = HWY_TARGET == HWY_AVX2   ? Target::avx2
                                  : HWY_TARGET == HWY_AVX3 ? Target::avx512
                                                           : Target::neon;

template <class T>
using Tag = hn::CappedTag<T, kLanes>;
template <class T>
using Vector = hn::Vec<Tag<T>>;

template <class T>
inline constexpr std::size_t kWidth = hn::MaxLanes(Tag<T>());  // numbers in a vector
template <class T>
inline constexpr std::size_t kVectors = kLanes / kWidth<T>;  // vectors in a line

static_assert(kLanes % kWidth<float> == 0 && kLanes % kWidth<double> == 0);

template <class T>
struct Line {
  // Explicit: a constructor made by the compiler would not carry the target's attributes.
  HWY_INLINE Line() {}
  Vector<T> v[kVectors<T>];
};

template <class T>
HWY_INLINE Line<T> load_line(const T* from) {
  const Tag<T> d;
  Line<T> line;
  for (std::size_t i = 0; i < kVectors<T>; ++i) line.v[i] = hn::LoadU(d, from + i * kWidth<T>);
  return line;
}

template <class T>
HWY_INLINE void store_line(const Line<T>& line, T* to) {
  const Tag<T> d;
  for (std::size_t i = 0; i < kVectors<T>; ++i) hn::StoreU(line.v[i], d, to + i * kWidth<T>);
}

template <class T>
HWY_INLINE Line<T> constant_line(T value) {
  const Tag<T> d;
  Line<T> line;
  for (std::size_t i = 0; i < kVectors<T>; ++i) line.v[i] = hn::Set(d, value);
  return line;
}

// The line with lanes `count` and up replaced by `filler`.
template <class T>
HWY_INLINE Line<T> fill_from(Line<T> line, std::size_t count, T filler) {
  const Tag<T> d;
  for (std::size_t i = 0; i < kVectors<T>; ++i) {
    const std::size_t first = i * kWidth<T>;
    const std::size_t kept = count > first ? std::min(count - first, kWidth<T>) : 0;
    line.v[i] = hn::IfThenElse(hn::FirstN(d, kept), line.v[i], hn::Set(d, filler));
  }
  return line;
}

struct SumLanes {
  template <class V>
  HWY_INLINE V operator()(V a, V b) const {
    return hn::Add(a, b);
  }
};

// Any order gives the same maximum; with a NaN among the numbers the result is not used
// (nn/losses/softmax_cross_entropy).
struct LargerLane {
  template <class V>
  HWY_INLINE V operator()(V a, V b) const {
    return hn::Max(a, b);
  }
};

// Folds lane l with lane l + half of the vector, until one is left.
template <class D, class Fold>
HWY_INLINE hn::TFromD<D> fold_vector(D, hn::Vec<D> v, Fold fold) {
  if constexpr (hn::MaxLanes(D()) == 1) {
    return hn::GetLane(v);
  } else {
    const hn::Half<D> half;
    return fold_vector(half, fold(hn::LowerHalf(half, v), hn::UpperHalf(half, v)), fold);
  }
}

// The tree over a line: l with l + 8, then + 4, + 2, + 1.
template <class T, class Fold>
HWY_INLINE T fold_line(Line<T> line, Fold fold) {
  for (std::size_t half = kVectors<T> / 2; half > 0; half /= 2) {
    for (std::size_t i = 0; i < half; ++i) line.v[i] = fold(line.v[i], line.v[i + half]);
  }
  return fold_vector(Tag<T>(), line.v[0], fold);
}

// out = op(in) for `numbers` numbers, a multiple of 16; in and out may be the same.
template <class T, class Op>
HWY_INLINE void map_lines(const T* in, T* out, std::size_t numbers, Op op) {
  const Tag<T> d;
  for (std::size_t i = 0; i < numbers; i += kWidth<T>) {
    hn::StoreU(op(d, hn::LoadU(d, in + i)), d, out + i);
  }
}

// Writes 0 into the padding columns of the panel for those rows, if it has any.
template <class T>
HWY_INLINE void clear_padding(const PanelView<T>& view, std::size_t panel, Range rows) {
  const std::size_t columns = std::min(kLanes, view.columns - panel * kLanes);
  if (columns == kLanes) return;
  for (std::size_t row = rows.begin; row < rows.end; ++row) {
    T* line = view.line(panel, row);
    store_line(fill_from(load_line<T>(line), columns, T{0}), line);
  }
}

}  // namespace forknet::math::HWY_NAMESPACE::elements
HWY_AFTER_NAMESPACE();

#endif  // FORKNET_MATH_ELEMENT_LINES_INL_H_
