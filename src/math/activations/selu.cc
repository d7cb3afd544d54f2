// selu: elu with the two factors that keep mean 0 and variance 1. Source: Klambauer et al. 2017.
#include "math/highway_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/activations/selu.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if FORKNET_HWY_TARGET_IS_REAL
#include "math/activations/lines-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::math::HWY_NAMESPACE::selu {
namespace hn = hwy::HWY_NAMESPACE;

struct Vectors {
  // The second is the product of the published 1.0507... and 1.6732...
  static constexpr double kScale = 1.0507009873554805;
  static constexpr double kScaleAlpha = 1.7580993408473768;

  template <class D>
  static HWY_INLINE hn::Vec<D> value(D d, hn::Vec<D> z) {
    using T = hn::TFromD<D>;
    const auto right = hn::Mul(z, hn::Set(d, static_cast<T>(kScale)));
    const auto left = hn::Mul(elements::expm1(d, z), hn::Set(d, static_cast<T>(kScaleAlpha)));
    return hn::IfThenElse(hn::Gt(z, hn::Zero(d)), right, left);
  }
  template <class D>
  static HWY_INLINE hn::Vec<D> slope(D d, hn::Vec<D> dx, hn::Vec<D> y) {
    using T = hn::TFromD<D>;
    const auto left = hn::Add(y, hn::Set(d, static_cast<T>(kScaleAlpha)));
    const auto right = hn::Set(d, static_cast<T>(kScale));
    return hn::Mul(dx, hn::IfThenElse(hn::Gt(y, hn::Zero(d)), right, left));
  }
};

}  // namespace forknet::math::HWY_NAMESPACE::selu
HWY_AFTER_NAMESPACE();
#endif

#if HWY_ONCE
#include <cmath>

#include "math/activations/define.h"
#include "math/reference_functions.h"

namespace forknet::math::selu {

struct Plain {
  static constexpr double kScale = 1.0507009873554805;
  static constexpr double kScaleAlpha = 1.7580993408473768;

  template <class T>
  static T value(T z) {
    return z > T{0} ? z * static_cast<T>(kScale)
                    : reference::expm1(z) * static_cast<T>(kScaleAlpha);
  }
  template <class T>
  static T slope(T dx, T y) {
    return dx * (y > T{0} ? static_cast<T>(kScale) : y + static_cast<T>(kScaleAlpha));
  }
};

}  // namespace forknet::math::selu

FORKNET_DEFINE_ACTIVATION(selu, InProduct::nothing)
#endif
