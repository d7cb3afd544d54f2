#include "math/reference_functions.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <limits>

#include "math/functions.h"

namespace forknet::math::reference {
namespace {

// c0 + c1 t + c2 t^2 ..., the highest power first, every step one fused operation.
template <class T, std::size_t kTerms>
T horner(const std::array<T, kTerms>& coefficients, T t) {
  T sum = coefficients[kTerms - 1];
  for (std::size_t k = kTerms - 1; k-- > 0;) sum = std::fma(sum, t, coefficients[k]);
  return sum;
}

// log((1 + f) 2^e), f from sqrt(1/2) - 1 to sqrt(2) - 1
template <class T>
T log_of_parts(T f, T e) {
  using K = FunctionConstants<T>;
  const T s = f / (f + T{2});
  const T z = s * s;
  const T rest = z * horner(K::kLog, z);
  const T half_square = (T{0.5} * f) * f;
  const T correction = std::fma(s, half_square + rest, e * K::kLn2Low);
  return std::fma(e, K::kLn2High, f - (half_square - correction));
}

// sin(2 pi x + quarter_turns * pi / 2)
template <class T>
T sin_of_turns(T x, unsigned quarter_turns) {
  using K = FunctionConstants<T>;
  const T rounded = std::fma(x, T{4}, K::kRoundToInteger);
  const T r = std::fma(rounded - K::kRoundToInteger, T{-0.25}, x);
  const T z = r * r;
  const T odd = std::fma(r, K::kTwoPiHigh, r * std::fma(z, horner(K::kSin, z), K::kTwoPiLow));
  const T even = std::fma(z, horner(K::kCos, z), T{1});
  const auto quadrant = std::bit_cast<typename K::Bits>(rounded) + quarter_turns;
  const T value = (quadrant & 1U) != 0 ? even : odd;
  return (quadrant & 2U) != 0 ? -value : value;
}

}  // namespace

template <class T>
T exp(T x) {
  using K = FunctionConstants<T>;
  if (x < K::kExpLeast) return T{0};
  if (!(x <= K::kExpMost)) return x + std::numeric_limits<T>::infinity();  // infinity, or NaN
  const T rounded = std::fma(x, K::kLog2E, K::kRoundToInteger);
  const T n = rounded - K::kRoundToInteger;
  T r = std::fma(n, -K::kLn2High, x);
  r = std::fma(n, -K::kLn2Low, r);
  T sum = horner(K::kExp, r);
  sum = std::fma(sum, r, T{1});
  sum = std::fma(sum, r, T{1});
  // The low bits of `rounded` are n; shift them into the exponent field.
  const auto exponent = std::bit_cast<typename K::Bits>(rounded) << K::kMantissaBits;
  return std::bit_cast<T>(std::bit_cast<typename K::Bits>(sum) + exponent);
}

template <class T>
T expm1(T x) {
  using K = FunctionConstants<T>;
  if (x < K::kExpLeast) return T{-1};
  const T rounded = std::fma(x, K::kLog2E, K::kRoundToInteger);
  const T n = rounded - K::kRoundToInteger;
  T r = std::fma(n, -K::kLn2High, x);
  r = std::fma(n, -K::kLn2Low, r);
  const T rest = std::fma(r * r, horner(K::kExp, r), r);
  const auto exponent = std::bit_cast<typename K::Bits>(rounded) << K::kMantissaBits;
  const T scale = std::bit_cast<T>(exponent + K::kOneBits);
  return std::fma(scale, rest, scale - T{1});
}

template <class T>
T log1p(T x) {
  const bool large = x > FunctionConstants<T>::kHalvedFrom;
  return large ? log_of_parts(T{0.5} * (x - T{1}), T{1}) : log_of_parts(x, T{0});
}

template <class T>
T log(T x) {
  using K = FunctionConstants<T>;
  if (x == T{0}) return -std::numeric_limits<T>::infinity();
  if (x < T{0}) return std::numeric_limits<T>::quiet_NaN();
  if (!(x < std::numeric_limits<T>::infinity())) return x;  // infinity, or NaN
  const bool denormal = x < K::kLeastNormal;
  const T normal = denormal ? x * K::kDenormalScale : x;
  const auto shifted = std::bit_cast<typename K::Bits>(normal) + (K::kOneBits - K::kSqrtHalfBits);
  const T m = std::bit_cast<T>((shifted & K::kMantissaMask) + K::kSqrtHalfBits);
  const T biased = std::bit_cast<T>((shifted >> K::kMantissaBits) | K::kIntegerBaseBits);
  const T e = biased - (denormal ? K::kDenormalExponentBias : K::kExponentBias);

  return log_of_parts(m - T{1}, e);
}

template <class T>
T tanh(T x) {
  using K = FunctionConstants<T>;
  const T size = std::abs(x);
  T value = T{0};
  if (size < K::kTanhSmall) {
    const T z = size * size;
    value = std::fma(size * z, horner(K::kTanh, z), size);
  } else {
    value = T{1} - T{2} / (reference::exp(size + size) + T{1});
  }
  return std::copysign(value, x);
}

template <class T>
T sigmoid(T x) {
  return T{1} / (T{1} + reference::exp(-x));
}

template <class T>
Normal<T> normal(T z) {
  using K = FunctionConstants<T>;
  const T a = std::abs(z);
  const T square = a * a;
  const T lost = std::fma(a, a, -square);  // what rounding took from it
  const T exponent = T{-0.5} * square;
  const T rounded = reference::exp(exponent);
  if (exponent < K::kExpLeast) return {z < T{0} ? T{0} : T{1}, T{0}};
  const T power = std::fma(T{-0.5} * lost, rounded, rounded);
  const T t = T{1} / (a + K::kNormalPole);
  const T q = (a - K::kNormalPole) * t;
  const T tail = power * (t * horner(K::kNormal, q));
  return {z < T{0} ? tail : T{1} - tail, power};
}

template <class T>
T sin_two_pi(T x) {
  return sin_of_turns(x, 0);
}

template <class T>
T cos_two_pi(T x) {
  return sin_of_turns(x, 1);
}

template float exp<float>(float);
template double exp<double>(double);
template float expm1<float>(float);
template double expm1<double>(double);
template float log<float>(float);
template double log<double>(double);
template float log1p<float>(float);
template double log1p<double>(double);
template Normal<float> normal<float>(float);
template Normal<double> normal<double>(double);
template float tanh<float>(float);
template double tanh<double>(double);
template float sigmoid<float>(float);
template double sigmoid<double>(double);
template float sin_two_pi<float>(float);
template double sin_two_pi<double>(double);
template float cos_two_pi<float>(float);
template double cos_two_pi<double>(double);

}  // namespace forknet::math::reference
