// softplus: log(1 + exp(z)). Source: Dugas et al. 2001.
#include "math/highway_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/activations/softplus.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if FORKNET_HWY_TARGET_IS_REAL
#include "math/activations/lines-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::math::HWY_NAMESPACE::softplus {
namespace hn = hwy::HWY_NAMESPACE;

struct Vectors {
  template <class D>
  static HWY_INLINE hn::Vec<D> value(D d, hn::Vec<D> z) {
    const auto right = hn::IfThenElseZero(hn::Gt(z, hn::Zero(d)), z);
    return hn::Add(right, elements::log1p(d, elements::exp(d, hn::Neg(hn::Abs(z)))));
  }
  // sigmoid(z) = 1 - exp(-y)
  template <class D>
  static HWY_INLINE hn::Vec<D> slope(D d, hn::Vec<D> dx, hn::Vec<D> y) {
    return hn::Mul(dx, hn::Neg(elements::expm1(d, hn::Neg(y))));
  }
};

}  // namespace forknet::math::HWY_NAMESPACE::softplus
HWY_AFTER_NAMESPACE();
#endif

#if HWY_ONCE
#include <cmath>

#include "math/activations/define.h"
#include "math/reference_functions.h"

namespace forknet::math::softplus {

struct Plain {
  template <class T>
  static T value(T z) {
    return (z > T{0} ? z : T{0}) + reference::log1p(reference::exp(-std::abs(z)));
  }
  template <class T>
  static T slope(T dx, T y) {
    return dx * -reference::expm1(-y);
  }
};

}  // namespace forknet::math::softplus

FORKNET_DEFINE_ACTIVATION(softplus, InProduct::nothing)
#endif
