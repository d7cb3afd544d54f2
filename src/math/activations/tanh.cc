// tanh.
#include "math/highway_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/activations/tanh.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if FORKNET_HWY_TARGET_IS_REAL
#include "math/activations/lines-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::math::HWY_NAMESPACE::tanh {
namespace hn = hwy::HWY_NAMESPACE;

struct Vectors {
  template <class D>
  static HWY_INLINE hn::Vec<D> value(D d, hn::Vec<D> z) {
    return elements::tanh(d, z);
  }
  template <class D>
  static HWY_INLINE hn::Vec<D> slope(D d, hn::Vec<D> dx, hn::Vec<D> y) {
    return hn::Mul(dx, hn::NegMulAdd(y, y, hn::Set(d, hn::TFromD<D>{1})));
  }
};

}  // namespace forknet::math::HWY_NAMESPACE::tanh
HWY_AFTER_NAMESPACE();
#endif

#if HWY_ONCE
#include <cmath>

#include "math/activations/define.h"
#include "math/reference_functions.h"

namespace forknet::math::tanh {

struct Plain {
  template <class T>
  static T value(T z) {
    return reference::tanh(z);
  }
  template <class T>
  static T slope(T dx, T y) {
    return dx * std::fma(-y, y, T{1});
  }
};

}  // namespace forknet::math::tanh

FORKNET_DEFINE_ACTIVATION(tanh, InProduct::nothing)
#endif
