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

template <class T, class Vectors>
HWY_INLINE Vector<T> slope_at(Vector<T> dx, const T* y, [[maybe_unused]] const T* sums,
                              std::size_t i) {
  const Tag<T> d;
  if constexpr (requires { Vectors::slope(d, dx, dx, dx); }) {
    return Vectors::slope(d, dx, hn::LoadU(d, y + i), hn::LoadU(d, sums + i));
  } else {
    return Vectors::slope(d, dx, hn::LoadU(d, y + i));
  }
}

template <class T, class Vectors>
void slope_lines(const SlopeArgs<T>& args) {
  const Tag<T> d;
  // Stores of vectors may alias the arguments, so that they would be read again for each.
  const T* const y = args.y;
  const T* const sums = args.sums;
  const T* const factors = args.factors;
  T* const errors = args.errors;
  const std::size_t numbers = args.numbers;
  if (factors != nullptr) {
    for (std::size_t i = 0; i < numbers; i += kWidth<T>) {
      const Vector<T> dx = hn::Mul(hn::LoadU(d, errors + i), hn::LoadU(d, factors + i));
      hn::StoreU(slope_at<T, Vectors>(dx, y, sums, i), d, errors + i);
    }
    return;
  }
  for (std::size_t i = 0; i < numbers; i += kWidth<T>) {
    hn::StoreU(slope_at<T, Vectors>(hn::LoadU(d, errors + i), y, sums, i), d, errors + i);
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
