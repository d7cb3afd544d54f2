// Functions over arrays, activations, products of elements and sums. Included once per target.

#if defined(FORKNET_MATH_ELEMENT_MAPS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FORKNET_MATH_ELEMENT_MAPS_INL_H_
#undef FORKNET_MATH_ELEMENT_MAPS_INL_H_
#else
#define FORKNET_MATH_ELEMENT_MAPS_INL_H_
#endif

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "base/check.h"
#include "hwy/highway.h"
#include "math/element_kernels.h"
#include "math/element_lines-inl.h"
#include "math/functions-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::math::HWY_NAMESPACE::elements {

struct ExpOp {
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, hn::Vec<D> x) const {
    return elements::exp(d, x);
  }
};
struct LogOp {
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, hn::Vec<D> x) const {
    return elements::log(d, x);
  }
};
struct TanhOp {
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, hn::Vec<D> x) const {
    return elements::tanh(d, x);
  }
};
struct SigmoidOp {
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, hn::Vec<D> x) const {
    return elements::sigmoid(d, x);
  }
};
struct SinOp {
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, hn::Vec<D> x) const {
    return elements::sin_two_pi(d, x);
  }
};
struct CosOp {
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, hn::Vec<D> x) const {
    return elements::cos_two_pi(d, x);
  }
};
struct ExpM1Op {
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, hn::Vec<D> x) const {
    return elements::expm1(d, x);
  }
};
struct Log1POp {
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, hn::Vec<D> x) const {
    return elements::log1p(d, x);
  }
};
struct NormalOp {
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, hn::Vec<D> x) const {
    hn::Vec<D> power = x;
    return elements::normal(d, x, power);
  }
};

// in (n) -> out (n), n any
template <class T, class Op>
void map_span(std::span<const T> in, std::span<T> out, Op op) {
  const std::size_t whole = in.size() / kLanes * kLanes;
  map_lines(in.data(), out.data(), whole, op);
  if (whole == in.size()) return;
  alignas(64) std::array<T, kLanes> rest = {};
  std::copy(in.begin() + static_cast<std::ptrdiff_t>(whole), in.end(), rest.begin());
  map_lines(rest.data(), rest.data(), kLanes, op);
  std::copy_n(rest.begin(), in.size() - whole, out.data() + whole);
}

template <class T>
void map(Function function, std::span<const T> in, std::span<T> out) {
  FORKNET_CHECK(in.size() == out.size());
  switch (function) {
    case Function::exp:
      return map_span(in, out, ExpOp());
    case Function::log:
      return map_span(in, out, LogOp());
    case Function::tanh:
      return map_span(in, out, TanhOp());
    case Function::sigmoid:
      return map_span(in, out, SigmoidOp());
    case Function::sin_two_pi:
      return map_span(in, out, SinOp());
    case Function::cos_two_pi:
      return map_span(in, out, CosOp());
    case Function::expm1:
      return map_span(in, out, ExpM1Op());
    case Function::log1p:
      return map_span(in, out, Log1POp());
    case Function::normal:
      return map_span(in, out, NormalOp());
  }
}

// z (rows, units) -> y (rows, units); the lines of a panel's rows lie one after the other.
template <class T>
void activation(const ActivationArgs<T>& args) {
  const std::size_t numbers = args.rows.size() * kLanes;
  const auto value = args.activation->template lines<T>(kTarget).value;
  for (std::size_t panel = args.panels.begin; panel < args.panels.end; ++panel) {
    value(args.z.line(panel, args.rows.begin), args.y.line(panel, args.rows.begin), numbers);
    clear_padding(args.y, panel, args.rows);
  }
}

// x, factors, out (rows, units)
template <class T>
void multiply(const MultiplyArgs<T>& args) {
  const Tag<T> d;
  const std::size_t numbers = args.rows.size() * kLanes;
  for (std::size_t panel = args.panels.begin; panel < args.panels.end; ++panel) {
    const T* x = args.x.line(panel, args.rows.begin);
    const T* factors = args.factors.line(panel, args.rows.begin);
    T* out = args.out.line(panel, args.rows.begin);
    for (std::size_t i = 0; i < numbers; i += kWidth<T>) {
      hn::StoreU(hn::Mul(hn::LoadU(d, x + i), hn::LoadU(d, factors + i)), d, out + i);
    }
    clear_padding(args.out, panel, args.rows);
  }
}

// in (n) -> the sum over 16 lanes and their tree
template <class T>
T sum(std::span<const T> in) {
  Line<T> lanes = constant_line(T{0});
  std::size_t i = 0;
  for (; i + kLanes <= in.size(); i += kLanes) {
    const Line<T> line = load_line(in.data() + i);
    for (std::size_t v = 0; v < kVectors<T>; ++v) lanes.v[v] = hn::Add(lanes.v[v], line.v[v]);
  }
  // A lane is never -0, so adding +0 leaves it as it is.
  alignas(64) std::array<T, kLanes> rest = {};
  std::copy(in.begin() + static_cast<std::ptrdiff_t>(i), in.end(), rest.begin());
  const Line<T> line = load_line<T>(rest.data());
  for (std::size_t v = 0; v < kVectors<T>; ++v) lanes.v[v] = hn::Add(lanes.v[v], line.v[v]);
  return fold_line(lanes, SumLanes());
}

}  // namespace forknet::math::HWY_NAMESPACE::elements
HWY_AFTER_NAMESPACE();

#endif  // FORKNET_MATH_ELEMENT_MAPS_INL_H_
