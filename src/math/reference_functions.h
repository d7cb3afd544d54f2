// forknet's functions, one number at a time: the oracle of functions-inl.h, bit for bit. T is float
// or double. Accuracy and special values: docs/numerics.md.
#pragma once

namespace forknet::math::reference {

template <class T>
[[nodiscard]] T exp(T x);
template <class T>
[[nodiscard]] T log(T x);
template <class T>
[[nodiscard]] T tanh(T x);
template <class T>
[[nodiscard]] T sigmoid(T x);
// sin(2 pi x) and cos(2 pi x) for x in [0, 1)
template <class T>
[[nodiscard]] T sin_two_pi(T x);
template <class T>
[[nodiscard]] T cos_two_pi(T x);

}  // namespace forknet::math::reference
