// relu: z <= 0 ? +0 : z, so that a NaN, which is not <= 0, stays.
#include "math/highway_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/activations/relu.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if FORKNET_HWY_TARGET_IS_REAL
#include "math/activations/lines-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::math::HWY_NAMESPACE::relu {
namespace hn = hwy::HWY_NAMESPACE;

struct Vectors {
  template <class D>
  static HWY_INLINE hn::Vec<D> value(D d, hn::Vec<D> z) {
    return hn::IfThenZeroElse(hn::Le(z, hn::Zero(d)), z);
  }
  template <class D>
  static HWY_INLINE hn::Vec<D> slope(D d, hn::Vec<D> dx, hn::Vec<D> y) {
    return hn::IfThenElseZero(hn::Gt(y, hn::Zero(d)), dx);
  }
};

}  // namespace forknet::math::HWY_NAMESPACE::relu
HWY_AFTER_NAMESPACE();
#endif

#if HWY_ONCE
#include <cmath>

#include "math/activations/define.h"
#include "math/reference_functions.h"

namespace forknet::math::relu {

struct Plain {
  template <class T>
  static T value(T z) {
    return z <= T{0} ? T{0} : z;
  }
  template <class T>
  static T slope(T dx, T y) {
    return y > T{0} ? dx : T{0};
  }
};

}  // namespace forknet::math::relu

FORKNET_DEFINE_ACTIVATION(relu, InProduct::relu)
#endif
