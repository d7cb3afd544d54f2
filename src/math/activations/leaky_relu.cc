// leaky_relu: z > 0 ? z : 0.01 z. Source: Maas, Hannun and Ng 2013.
#include "math/highway_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/activations/leaky_relu.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if FORKNET_HWY_TARGET_IS_REAL
#include "math/activations/lines-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::math::HWY_NAMESPACE::leaky_relu {
namespace hn = hwy::HWY_NAMESPACE;

struct Vectors {
  static constexpr double kLeak = 0.01;

  template <class D>
  static HWY_INLINE hn::Vec<D> value(D d, hn::Vec<D> z) {
    const auto leak = hn::Set(d, static_cast<hn::TFromD<D>>(kLeak));
    return hn::IfThenElse(hn::Gt(z, hn::Zero(d)), z, hn::Mul(z, leak));
  }
  template <class D>
  static HWY_INLINE hn::Vec<D> slope(D d, hn::Vec<D> dx, hn::Vec<D> y) {
    const auto leak = hn::Set(d, static_cast<hn::TFromD<D>>(kLeak));
    return hn::IfThenElse(hn::Gt(y, hn::Zero(d)), dx, hn::Mul(dx, leak));
  }
};

}  // namespace forknet::math::HWY_NAMESPACE::leaky_relu
HWY_AFTER_NAMESPACE();
#endif

#if HWY_ONCE
#include <cmath>

#include "math/activations/define.h"
#include "math/reference_functions.h"

namespace forknet::math::leaky_relu {

struct Plain {
  static constexpr double kLeak = 0.01;

  template <class T>
  static T value(T z) {
    return z > T{0} ? z : z * static_cast<T>(kLeak);
  }
  template <class T>
  static T slope(T dx, T y) {
    return y > T{0} ? dx : dx * static_cast<T>(kLeak);
  }
};

}  // namespace forknet::math::leaky_relu

FORKNET_DEFINE_ACTIVATION(leaky_relu, InProduct::nothing)
#endif
