// Makes an Activation of its vector operations (`Vectors` in the namespace of its name, one for
// each target) and its plain reference:
//
//   struct Plain {
//     template <class T> static T value(T z);
//     template <class T> static T slope(T dx, T y);        dx times the slope, from the output
//     template <class T> static T slope(T dx, T y, T z);   or from the sum before the activation
//   };
//
// Included where Highway compiles a file for the last time (HWY_ONCE).
#pragma once

#include <cstddef>

#include "hwy/highway.h"
#include "math/activations/activation.h"
#include "math/activations/list.h"
#include "math/highway_targets.h"

namespace forknet::math::activations {

template <class T, class Plain>
void plain_values(const T* z, T* y, std::size_t numbers) {
  for (std::size_t i = 0; i < numbers; ++i) y[i] = Plain::value(z[i]);
}

template <class Plain>
inline constexpr bool kNeedsSums = requires(float x) {
  Plain::slope(x, x, x);
};

template <class T, class Plain>
void plain_slopes(const SlopeArgs<T>& args) {
  for (std::size_t i = 0; i < args.numbers; ++i) {
    T dx = args.errors[i];
    if (args.factors != nullptr) dx = dx * args.factors[i];
    if constexpr (kNeedsSums<Plain>) {
      args.errors[i] = Plain::slope(dx, args.y[i], args.sums[i]);
    } else {
      args.errors[i] = Plain::slope(dx, args.y[i]);
    }
  }
}

template <class T, class Plain>
const ActivationLines<T>& plain_lines() {
  static constexpr ActivationLines<T> kLines = {&plain_values<T, Plain>, &plain_slopes<T, Plain>};
  return kLines;
}

}  // namespace forknet::math::activations

// The targets that this build has.
#if FORKNET_HWY_BUILT(HWY_AVX2)
#define FORKNET_AVX2_ACTIVATION(name, T) \
  if (target == Target::avx2) return N_AVX2::elements::lines_of<T, N_AVX2::name::Vectors>();
#else
#define FORKNET_AVX2_ACTIVATION(name, T)
#endif
#if FORKNET_HWY_BUILT(HWY_AVX3)
#define FORKNET_AVX512_ACTIVATION(name, T) \
  if (target == Target::avx512) return N_AVX3::elements::lines_of<T, N_AVX3::name::Vectors>();
#else
#define FORKNET_AVX512_ACTIVATION(name, T)
#endif
#if FORKNET_HWY_BUILT(HWY_NEON)
#define FORKNET_NEON_ACTIVATION(name, T) \
  if (target == Target::neon) return N_NEON::elements::lines_of<T, N_NEON::name::Vectors>();
#else
#define FORKNET_NEON_ACTIVATION(name, T)
#endif

// Defines activations::NAME() of name::Vectors and name::Plain.
#define FORKNET_DEFINE_ACTIVATION(name, in_product)                                              \
  namespace forknet::math {                                                                      \
  template <class T>                                                                             \
  static const ActivationLines<T>& name##_lines([[maybe_unused]] Target target) {                \
    FORKNET_AVX2_ACTIVATION(name, T)                                                             \
    FORKNET_AVX512_ACTIVATION(name, T)                                                           \
    FORKNET_NEON_ACTIVATION(name, T)                                                             \
    return activations::plain_lines<T, name::Plain>();                                           \
  }                                                                                              \
  const Activation& activations::name() {                                                        \
    static constexpr Activation kActivation = {#name, in_product, kNeedsSums<math::name::Plain>, \
                                               &name##_lines<float>, &name##_lines<double>};     \
    return kActivation;                                                                          \
  }                                                                                              \
  }
