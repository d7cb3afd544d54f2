// silu: z sigmoid(z). Source: Elfwing, Uchibe and Doya 2018.
#include "math/highway_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/activations/silu.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if FORKNET_HWY_TARGET_IS_REAL
#include "math/activations/lines-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::math::HWY_NAMESPACE::silu {
namespace hn = hwy::HWY_NAMESPACE;

struct Vectors {
  template <class D>
  static HWY_INLINE hn::Vec<D> value(D d, hn::Vec<D> z) {
    return hn::Mul(z, elements::sigmoid(d, z));
  }
  template <class D>
  static HWY_INLINE hn::Vec<D> slope(D d, hn::Vec<D> dx, hn::Vec<D>, hn::Vec<D> z) {
    const auto one = hn::Set(d, hn::TFromD<D>{1});
    const auto share = elements::sigmoid(d, z);
    return hn::Mul(dx, hn::Mul(share, hn::MulAdd(z, hn::Sub(one, share), one)));
  }
};

}  // namespace forknet::math::HWY_NAMESPACE::silu
HWY_AFTER_NAMESPACE();
#endif

#if HWY_ONCE
#include <cmath>

#include "math/activations/define.h"
#include "math/reference_functions.h"

namespace forknet::math::silu {

struct Plain {
  template <class T>
  static T value(T z) {
    return z * reference::sigmoid(z);
  }
  template <class T>
  static T slope(T dx, T, T z) {
    const T share = reference::sigmoid(z);
    return dx * (share * std::fma(z, T{1} - share, T{1}));
  }
};

}  // namespace forknet::math::silu

FORKNET_DEFINE_ACTIVATION(silu, InProduct::nothing)
#endif
