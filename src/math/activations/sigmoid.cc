// sigmoid: 1 / (1 + exp(-z)).
#include "math/highway_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/activations/sigmoid.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if FORKNET_HWY_TARGET_IS_REAL
#include "math/activations/lines-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::math::HWY_NAMESPACE::sigmoid {
namespace hn = hwy::HWY_NAMESPACE;

struct Vectors {
  template <class D>
  static HWY_INLINE hn::Vec<D> value(D d, hn::Vec<D> z) {
    return elements::sigmoid(d, z);
  }
  template <class D>
  static HWY_INLINE hn::Vec<D> slope(D d, hn::Vec<D> dx, hn::Vec<D> y) {
    return hn::Mul(dx, hn::Mul(y, hn::Sub(hn::Set(d, hn::TFromD<D>{1}), y)));
  }
};

}  // namespace forknet::math::HWY_NAMESPACE::sigmoid
HWY_AFTER_NAMESPACE();
#endif

#if HWY_ONCE
#include <cmath>

#include "math/activations/define.h"
#include "math/reference_functions.h"

namespace forknet::math::sigmoid {

struct Plain {
  template <class T>
  static T value(T z) {
    return reference::sigmoid(z);
  }
  template <class T>
  static T slope(T dx, T y) {
    return dx * (y * (T{1} - y));
  }
};

}  // namespace forknet::math::sigmoid

FORKNET_DEFINE_ACTIVATION(sigmoid, InProduct::nothing)
#endif
