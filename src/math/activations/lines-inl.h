// The loops over lines of an activation whose vector operations are given as a type:
//
//   struct Vectors {
//     static Vec value(D d, Vec z);
//     static Vec slope(D d, Vec dx, Vec y);          dx times the slope, from the output
//     static Vec slope(D d, Vec dx, Vec y, Vec z);   or from the sum before the activation
//   };
//
// Included once per target.

#if defined(FORKNET_MATH_ACTIVATIONS_LINES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FORKNET_MATH_ACTIVATIONS_LINES_INL_H_
#undef FORKNET_MATH_ACTIVATIONS_LINES_INL_H_
#else
#define FORKNET_MATH_ACTIVATIONS_LINES_INL_H_
#endif

#include <cstddef>

#include "hwy/highway.h"
#include "math/activations/activation.h"
#include "math/element_lines-inl.h"
#include "math/functions-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::math::HWY_NAMESPACE::elements {

template <class T, class Vectors>
void value_lines(const T* z, T* y, std::size_t numbers) {
  map_lines(z, y, numbers, [](auto d, auto x) HWY_ATTR { return Vectors::value(d, x); });
}

template <class Vectors, class T>
HWY_INLINE Vector<T> slope_at(const SlopeArgs<T>& args, std::size_t i, Vector<T> dx) {
  const Tag<T> d;
  const Vector<T> y = hn::LoadU(d, args.y + i);
  if constexpr (requires { Vectors::slope(d, dx, y, y); }) {
    return Vectors::slope(d, dx, y, hn::LoadU(d, args.sums + i));
  } else {
    return Vectors::slope(d, dx, y);
  }
}

template <class T, class Vectors>
void slope_lines(const SlopeArgs<T>& args) {
  const Tag<T> d;
  for (std::size_t i = 0; i < args.numbers; i += kWidth<T>) {
    Vector<T> dx = hn::LoadU(d, args.errors + i);
    if (args.factors != nullptr) dx = hn::Mul(dx, hn::LoadU(d, args.factors + i));
    hn::StoreU(slope_at<Vectors, T>(args, i, dx), d, args.errors + i);
  }
}

template <class T, class Vectors>
const ActivationLines<T>& lines_of() {
  static constexpr ActivationLines<T> kLines = {&value_lines<T, Vectors>, &slope_lines<T, Vectors>};
  return kLines;
}

}  // namespace forknet::math::HWY_NAMESPACE::elements
HWY_AFTER_NAMESPACE();

#endif  // FORKNET_MATH_ACTIVATIONS_LINES_INL_H_
