// forknet's functions, one number at a time: the oracle of functions-inl.h, bit for bit. T is float
// or double. Accuracy and special values: docs/numerics.md.
#pragma once

namespace forknet::math::reference {

template <class T>
[[nodiscard]] T exp(T x);
// exp(x) - 1 for x <= 0; what it gives above is not used.
template <class T>
[[nodiscard]] T expm1(T x);
template <class T>
[[nodiscard]] T log(T x);
// log(1 + x) for 0 <= x <= 1
template <class T>
[[nodiscard]] T log1p(T x);
template <class T>
[[nodiscard]] T tanh(T x);
template <class T>
[[nodiscard]] T sigmoid(T x);
// sin(2 pi x) and cos(2 pi x) for x in [0, 1)
template <class T>
[[nodiscard]] T sin_two_pi(T x);
template <class T>
[[nodiscard]] T cos_two_pi(T x);

// The normal distribution function at z, and exp(-z^2 / 2).
template <class T>
struct Normal {
  T share;
  T power;
};
template <class T>
[[nodiscard]] Normal<T> normal(T z);

}  // namespace forknet::math::reference
