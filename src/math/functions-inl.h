// exp, expm1, log, log1p, tanh, sigmoid, sine, cosine and the normal distribution over vectors, as
// docs/numerics.md defines them. Included once per target. Comparisons select results, because
// minimum, maximum and conversions treat NaN and overflow differently on different CPUs.

#if defined(FORKNET_MATH_FUNCTIONS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FORKNET_MATH_FUNCTIONS_INL_H_
#undef FORKNET_MATH_FUNCTIONS_INL_H_
#else
#define FORKNET_MATH_FUNCTIONS_INL_H_
#endif

#include <array>
#include <cstddef>
#include <limits>

#include "hwy/highway.h"
#include "math/functions.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::math::HWY_NAMESPACE::elements {

namespace hn = hwy::HWY_NAMESPACE;

// One step of Horner's rule and the steps before it (those of higher powers).
template <std::size_t kTerm, class D, std::size_t kTerms>
HWY_INLINE hn::Vec<D> horner_from(D d, const std::array<hn::TFromD<D>, kTerms>& coefficients,
                                  hn::Vec<D> t) {
  if constexpr (kTerm + 1 == kTerms) {
    return hn::Set(d, coefficients[kTerm]);
  } else {
    return hn::MulAdd(horner_from<kTerm + 1>(d, coefficients, t), t,
                      hn::Set(d, coefficients[kTerm]));
  }
}

template <class D, std::size_t kTerms>
HWY_INLINE hn::Vec<D> horner(D d, const std::array<hn::TFromD<D>, kTerms>& coefficients,
                             hn::Vec<D> t) {
  return horner_from<0>(d, coefficients, t);
}

template <class D>
HWY_INLINE hn::Vec<D> exp(D d, hn::Vec<D> x) {
  using T = hn::TFromD<D>;
  using K = FunctionConstants<T>;
  const hn::RebindToUnsigned<D> du;
  const auto magic = hn::Set(d, K::kRoundToInteger);
  const auto one = hn::Set(d, T{1});

  const auto rounded = hn::MulAdd(x, hn::Set(d, K::kLog2E), magic);
  const auto n = hn::Sub(rounded, magic);
  auto r = hn::MulAdd(n, hn::Set(d, -K::kLn2High), x);
  r = hn::MulAdd(n, hn::Set(d, -K::kLn2Low), r);
  auto sum = horner(d, K::kExp, r);
  sum = hn::MulAdd(sum, r, one);
  sum = hn::MulAdd(sum, r, one);

  const auto exponent = hn::ShiftLeft<K::kMantissaBits>(hn::BitCast(du, rounded));
  const auto inside = hn::BitCast(d, hn::Add(hn::BitCast(du, sum), exponent));
  // Above the range x + infinity is infinity, and a NaN stays NaN.
  const auto infinity = hn::Set(d, std::numeric_limits<T>::infinity());
  const auto value =
      hn::IfThenElse(hn::Le(x, hn::Set(d, K::kExpMost)), inside, hn::Add(x, infinity));
  return hn::IfThenZeroElse(hn::Lt(x, hn::Set(d, K::kExpLeast)), value);
}

// exp(x) - 1 for x <= 0; what it gives above is not used.
template <class D>
HWY_INLINE hn::Vec<D> expm1(D d, hn::Vec<D> x) {
  using T = hn::TFromD<D>;
  using K = FunctionConstants<T>;
  const hn::RebindToUnsigned<D> du;
  const auto magic = hn::Set(d, K::kRoundToInteger);
  const auto one = hn::Set(d, T{1});

  const auto rounded = hn::MulAdd(x, hn::Set(d, K::kLog2E), magic);
  const auto n = hn::Sub(rounded, magic);
  auto r = hn::MulAdd(n, hn::Set(d, -K::kLn2High), x);
  r = hn::MulAdd(n, hn::Set(d, -K::kLn2Low), r);
  const auto rest = hn::MulAdd(hn::Mul(r, r), horner(d, K::kExp, r), r);
  const auto exponent = hn::ShiftLeft<K::kMantissaBits>(hn::BitCast(du, rounded));
  const auto scale = hn::BitCast(d, hn::Add(exponent, hn::Set(du, K::kOneBits)));
  const auto value = hn::MulAdd(scale, rest, hn::Sub(scale, one));
  return hn::IfThenElse(hn::Lt(x, hn::Set(d, K::kExpLeast)), hn::Set(d, T{-1}), value);
}

// The end of a logarithm: log((1 + f) 2^e), f from sqrt(1/2) - 1 to sqrt(2) - 1.
template <class D>
HWY_INLINE hn::Vec<D> log_of_parts(D d, hn::Vec<D> f, hn::Vec<D> e) {
  using T = hn::TFromD<D>;
  using K = FunctionConstants<T>;
  const auto s = hn::Div(f, hn::Add(f, hn::Set(d, T{2})));
  const auto z = hn::Mul(s, s);
  const auto rest = hn::Mul(z, horner(d, K::kLog, z));
  const auto half_square = hn::Mul(hn::Mul(hn::Set(d, T{0.5}), f), f);
  const auto correction =
      hn::MulAdd(s, hn::Add(half_square, rest), hn::Mul(e, hn::Set(d, K::kLn2Low)));
  return hn::MulAdd(e, hn::Set(d, K::kLn2High), hn::Sub(f, hn::Sub(half_square, correction)));
}

// log(1 + x) for 0 <= x <= 1.
template <class D>
HWY_INLINE hn::Vec<D> log1p(D d, hn::Vec<D> x) {
  using T = hn::TFromD<D>;
  using K = FunctionConstants<T>;
  const auto one = hn::Set(d, T{1});
  const auto large = hn::Gt(x, hn::Set(d, K::kHalvedFrom));
  const auto half = hn::Mul(hn::Set(d, T{0.5}), hn::Sub(x, one));
  return log_of_parts(d, hn::IfThenElse(large, half, x), hn::IfThenElseZero(large, one));
}

template <class D>
HWY_INLINE hn::Vec<D> log(D d, hn::Vec<D> x) {
  using T = hn::TFromD<D>;
  using K = FunctionConstants<T>;
  const hn::RebindToUnsigned<D> du;
  const auto zero = hn::Zero(d);
  const auto infinity = hn::Set(d, std::numeric_limits<T>::infinity());

  const auto denormal = hn::Lt(x, hn::Set(d, K::kLeastNormal));
  const auto normal = hn::IfThenElse(denormal, hn::Mul(x, hn::Set(d, K::kDenormalScale)), x);
  const auto bias =
      hn::IfThenElse(denormal, hn::Set(d, K::kDenormalExponentBias), hn::Set(d, K::kExponentBias));
  const auto shifted =
      hn::Add(hn::BitCast(du, normal), hn::Set(du, K::kOneBits - K::kSqrtHalfBits));
  const auto m = hn::BitCast(
      d, hn::Add(hn::And(shifted, hn::Set(du, K::kMantissaMask)), hn::Set(du, K::kSqrtHalfBits)));
  const auto biased =
      hn::Or(hn::ShiftRight<K::kMantissaBits>(shifted), hn::Set(du, K::kIntegerBaseBits));
  const auto e = hn::Sub(hn::BitCast(d, biased), bias);

  const auto f = hn::Sub(m, hn::Set(d, T{1}));
  auto value = log_of_parts(d, f, e);

  value = hn::IfThenElse(hn::Lt(x, infinity), value, x);  // infinity and NaN stay
  value = hn::IfThenElse(hn::Lt(x, zero), hn::Set(d, std::numeric_limits<T>::quiet_NaN()), value);
  return hn::IfThenElse(hn::Eq(x, zero), hn::Neg(infinity), value);
}

template <class D>
HWY_INLINE hn::Vec<D> tanh(D d, hn::Vec<D> x) {
  using T = hn::TFromD<D>;
  using K = FunctionConstants<T>;
  const auto one = hn::Set(d, T{1});
  const auto size = hn::Abs(x);
  const auto z = hn::Mul(size, size);
  const auto small = hn::MulAdd(hn::Mul(size, z), horner(d, K::kTanh, z), size);
  const auto power = exp(d, hn::Add(size, size));
  const auto large = hn::Sub(one, hn::Div(hn::Set(d, T{2}), hn::Add(power, one)));
  const auto value = hn::IfThenElse(hn::Lt(size, hn::Set(d, K::kTanhSmall)), small, large);
  return hn::CopySign(value, x);
}

template <class D>
HWY_INLINE hn::Vec<D> sigmoid(D d, hn::Vec<D> x) {
  const auto one = hn::Set(d, hn::TFromD<D>{1});
  return hn::Div(one, hn::Add(one, exp(d, hn::Neg(x))));
}

// The normal distribution function at z, and exp(-z^2 / 2).
template <class D>
HWY_INLINE hn::Vec<D> normal(D d, hn::Vec<D> z, hn::Vec<D>& power) {
  using T = hn::TFromD<D>;
  using K = FunctionConstants<T>;
  const auto one = hn::Set(d, T{1});
  const auto a = hn::Abs(z);
  const auto square = hn::Mul(a, a);
  const auto lost = hn::MulSub(a, a, square);  // what rounding took from it
  const auto exponent = hn::Mul(hn::Set(d, T{-0.5}), square);
  const auto rounded = exp(d, exponent);
  power = hn::MulAdd(hn::Mul(hn::Set(d, T{-0.5}), lost), rounded, rounded);
  const auto far = hn::Lt(exponent, hn::Set(d, K::kExpLeast));
  power = hn::IfThenZeroElse(far, power);
  const auto pole = hn::Set(d, K::kNormalPole);
  const auto t = hn::Div(one, hn::Add(a, pole));
  const auto q = hn::Mul(hn::Sub(a, pole), t);
  const auto inside = hn::Mul(power, hn::Mul(t, horner(d, K::kNormal, q)));
  const auto tail = hn::IfThenZeroElse(far, inside);
  return hn::IfThenElse(hn::Lt(z, hn::Zero(d)), tail, hn::Sub(one, tail));
}

// sin(2 pi x + quarter_turns * pi / 2), lane by lane.
template <class D>
HWY_INLINE hn::Vec<D> sin_of_turns(D d, hn::Vec<D> x,
                                   hn::Vec<hn::RebindToUnsigned<D>> quarter_turns) {
  using T = hn::TFromD<D>;
  using K = FunctionConstants<T>;
  const hn::RebindToUnsigned<D> du;
  const auto magic = hn::Set(d, K::kRoundToInteger);
  const auto rounded = hn::MulAdd(x, hn::Set(d, T{4}), magic);
  const auto r = hn::MulAdd(hn::Sub(rounded, magic), hn::Set(d, T{-0.25}), x);
  const auto z = hn::Mul(r, r);
  const auto tail = hn::MulAdd(z, horner(d, K::kSin, z), hn::Set(d, K::kTwoPiLow));
  const auto odd = hn::MulAdd(r, hn::Set(d, K::kTwoPiHigh), hn::Mul(r, tail));
  const auto even = hn::MulAdd(z, horner(d, K::kCos, z), hn::Set(d, T{1}));

  const auto quadrant = hn::Add(hn::BitCast(du, rounded), quarter_turns);
  const auto swap = hn::RebindMask(d, hn::TestBit(quadrant, hn::Set(du, 1)));
  constexpr int kToSign = static_cast<int>(sizeof(T)) * 8 - 2;  // bit 1 to the sign's place
  const auto sign = hn::ShiftLeft<kToSign>(hn::And(quadrant, hn::Set(du, 2)));
  return hn::Xor(hn::IfThenElse(swap, even, odd), hn::BitCast(d, sign));
}

template <class D>
HWY_INLINE hn::Vec<D> sin_two_pi(D d, hn::Vec<D> x) {
  return sin_of_turns(d, x, hn::Zero(hn::RebindToUnsigned<D>()));
}

template <class D>
HWY_INLINE hn::Vec<D> cos_two_pi(D d, hn::Vec<D> x) {
  return sin_of_turns(d, x, hn::Set(hn::RebindToUnsigned<D>(), 1));
}

}  // namespace forknet::math::HWY_NAMESPACE::elements
HWY_AFTER_NAMESPACE();

#endif  // FORKNET_MATH_FUNCTIONS_INL_H_
