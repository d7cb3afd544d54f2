// linear: z; the layer's sums as they are.
#include "math/highway_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/activations/linear.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if FORKNET_HWY_TARGET_IS_REAL
#include "math/activations/lines-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::math::HWY_NAMESPACE::linear {
namespace hn = hwy::HWY_NAMESPACE;

struct Vectors {
  template <class D>
  static HWY_INLINE hn::Vec<D> value(D, hn::Vec<D> z) {
    return z;
  }
  template <class D>
  static HWY_INLINE hn::Vec<D> slope(D, hn::Vec<D> dx, hn::Vec<D>) {
    return dx;
  }
};

}  // namespace forknet::math::HWY_NAMESPACE::linear
HWY_AFTER_NAMESPACE();
#endif

#if HWY_ONCE
#include <cmath>

#include "math/activations/define.h"
#include "math/reference_functions.h"

namespace forknet::math::linear {

struct Plain {
  template <class T>
  static T value(T z) {
    return z;
  }
  template <class T>
  static T slope(T dx, T) {
    return dx;
  }
};

}  // namespace forknet::math::linear

FORKNET_DEFINE_ACTIVATION(linear, InProduct::all)
#endif
