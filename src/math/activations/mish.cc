// mish: z tanh(log(1 + exp(z))), written as z times a quotient of polynomials in n = exp(-|z|),
// which neither overflows nor cancels. Source: Misra 2019.
#include "math/highway_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/activations/mish.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if FORKNET_HWY_TARGET_IS_REAL
#include "math/activations/lines-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::math::HWY_NAMESPACE::mish {
namespace hn = hwy::HWY_NAMESPACE;

struct Vectors {
  // The numerator and the denominator of tanh(log(1 + exp(z))).
  template <class D>
  static HWY_INLINE void quotient(D d, hn::Vec<D> z, hn::Vec<D> n, hn::Vec<D>& above,
                                  hn::Vec<D>& below) {
    using T = hn::TFromD<D>;
    const auto right = hn::Gt(z, hn::Zero(d));
    const auto twice = hn::Add(n, n);
    above = hn::IfThenElse(right, hn::Add(twice, hn::Set(d, T{1})), hn::MulAdd(n, n, twice));
    below = hn::IfThenElse(right, hn::MulAdd(twice, n, above), hn::Add(above, hn::Set(d, T{2})));
  }
  template <class D>
  static HWY_INLINE hn::Vec<D> value(D d, hn::Vec<D> z) {
    hn::Vec<D> above = z;
    hn::Vec<D> below = z;
    quotient(d, z, elements::exp(d, hn::Neg(hn::Abs(z))), above, below);
    return hn::Mul(z, hn::Div(above, below));
  }
  template <class D>
  static HWY_INLINE hn::Vec<D> slope(D d, hn::Vec<D> dx, hn::Vec<D>, hn::Vec<D> z) {
    using T = hn::TFromD<D>;
    const auto n = elements::exp(d, hn::Neg(hn::Abs(z)));
    hn::Vec<D> above = z;
    hn::Vec<D> below = z;
    quotient(d, z, n, above, below);
    const auto m = hn::IfThenElse(hn::Gt(z, hn::Zero(d)), hn::Mul(n, n), n);
    const auto bend = hn::Mul(hn::Mul(hn::Set(d, T{4}), m), hn::Add(n, hn::Set(d, T{1})));
    const auto sum = hn::MulAdd(above, below, hn::Mul(z, bend));
    return hn::Mul(dx, hn::Div(sum, hn::Mul(below, below)));
  }
};

}  // namespace forknet::math::HWY_NAMESPACE::mish
HWY_AFTER_NAMESPACE();
#endif

#if HWY_ONCE
#include <cmath>

#include "math/activations/define.h"
#include "math/reference_functions.h"

namespace forknet::math::mish {

struct Plain {
  template <class T>
  struct Quotient {
    T above;
    T below;
  };
  template <class T>
  static Quotient<T> quotient(T z, T n) {
    const T twice = n + n;
    if (z > T{0}) return {twice + T{1}, std::fma(twice, n, twice + T{1})};
    const T above = std::fma(n, n, twice);
    return {above, above + T{2}};
  }
  template <class T>
  static T value(T z) {
    const auto [above, below] = quotient(z, reference::exp(-std::abs(z)));
    return z * (above / below);
  }
  template <class T>
  static T slope(T dx, T, T z) {
    const T n = reference::exp(-std::abs(z));
    const auto [above, below] = quotient(z, n);
    const T m = z > T{0} ? n * n : n;
    const T bend = (T{4} * m) * (n + T{1});
    return dx * (std::fma(above, below, z * bend) / (below * below));
  }
};

}  // namespace forknet::math::mish

FORKNET_DEFINE_ACTIVATION(mish, InProduct::nothing)
#endif
