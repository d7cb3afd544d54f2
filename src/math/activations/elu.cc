// elu: z > 0 ? z : exp(z) - 1. Source: Clevert, Unterthiner and Hochreiter 2016.
#include "math/highway_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/activations/elu.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if FORKNET_HWY_TARGET_IS_REAL
#include "math/activations/lines-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::math::HWY_NAMESPACE::elu {
namespace hn = hwy::HWY_NAMESPACE;

struct Vectors {
  template <class D>
  static HWY_INLINE hn::Vec<D> value(D d, hn::Vec<D> z) {
    return hn::IfThenElse(hn::Gt(z, hn::Zero(d)), z, elements::expm1(d, z));
  }
  template <class D>
  static HWY_INLINE hn::Vec<D> slope(D d, hn::Vec<D> dx, hn::Vec<D> y) {
    const auto one = hn::Set(d, hn::TFromD<D>{1});
    return hn::IfThenElse(hn::Gt(y, hn::Zero(d)), dx, hn::Mul(dx, hn::Add(y, one)));
  }
};

}  // namespace forknet::math::HWY_NAMESPACE::elu
HWY_AFTER_NAMESPACE();
#endif

#if HWY_ONCE
#include <cmath>

#include "math/activations/define.h"
#include "math/reference_functions.h"

namespace forknet::math::elu {

struct Plain {
  template <class T>
  static T value(T z) {
    return z > T{0} ? z : reference::expm1(z);
  }
  template <class T>
  static T slope(T dx, T y) {
    return y > T{0} ? dx : dx * (y + T{1});
  }
};

}  // namespace forknet::math::elu

FORKNET_DEFINE_ACTIVATION(elu, InProduct::nothing)
#endif
