// gelu: z times the normal distribution function of z (exact, without tanh). Source: Hendrycks and
// Gimpel 2016.
#include "math/highway_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/activations/gelu.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if FORKNET_HWY_TARGET_IS_REAL
#include "math/activations/lines-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::math::HWY_NAMESPACE::gelu {
namespace hn = hwy::HWY_NAMESPACE;

struct Vectors {
  // 1 / sqrt(2 pi)
  static constexpr double kDensityAtZero = 0.3989422804014327;

  template <class D>
  static HWY_INLINE hn::Vec<D> value(D d, hn::Vec<D> z) {
    hn::Vec<D> power = z;
    return hn::Mul(z, elements::normal(d, z, power));
  }
  template <class D>
  static HWY_INLINE hn::Vec<D> slope(D d, hn::Vec<D> dx, hn::Vec<D>, hn::Vec<D> z) {
    hn::Vec<D> power = z;
    const auto share = elements::normal(d, z, power);
    const auto density = hn::Mul(power, hn::Set(d, static_cast<hn::TFromD<D>>(kDensityAtZero)));
    return hn::Mul(dx, hn::MulAdd(z, density, share));
  }
};

}  // namespace forknet::math::HWY_NAMESPACE::gelu
HWY_AFTER_NAMESPACE();
#endif

#if HWY_ONCE
#include <cmath>

#include "math/activations/define.h"
#include "math/reference_functions.h"

namespace forknet::math::gelu {

struct Plain {
  static constexpr double kDensityAtZero = 0.3989422804014327;

  template <class T>
  static T value(T z) {
    return z * reference::normal(z).share;
  }
  template <class T>
  static T slope(T dx, T, T z) {
    const auto [share, power] = reference::normal(z);
    return dx * std::fma(z, power * static_cast<T>(kDensityAtZero), share);
  }
};

}  // namespace forknet::math::gelu

FORKNET_DEFINE_ACTIVATION(gelu, InProduct::nothing)
#endif
