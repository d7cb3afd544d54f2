// The plain-loop reference of element_kernels.h: one number after the other, as in
// docs/numerics.md. It shares no code with the vector kernels except the constants of functions.h.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "base/philox.h"
#include "math/element_kernels.h"
#include "math/functions.h"
#include "math/reference_functions.h"
#include "math/reference_rows.h"

namespace forknet::math {
namespace {

template <class T>
void map(Function function, std::span<const T> in, std::span<T> out) {
  FORKNET_CHECK(in.size() == out.size());
  for (std::size_t i = 0; i < in.size(); ++i) {
    switch (function) {
      case Function::exp:
        out[i] = reference::exp(in[i]);
        break;
      case Function::log:
        out[i] = reference::log(in[i]);
        break;
      case Function::tanh:
        out[i] = reference::tanh(in[i]);
        break;
      case Function::sigmoid:
        out[i] = reference::sigmoid(in[i]);
        break;
      case Function::sin_two_pi:
        out[i] = reference::sin_two_pi(in[i]);
        break;
      case Function::cos_two_pi:
        out[i] = reference::cos_two_pi(in[i]);
        break;
      case Function::expm1:
        out[i] = reference::expm1(in[i]);
        break;
      case Function::log1p:
        out[i] = reference::log1p(in[i]);
        break;
      case Function::normal:
        out[i] = reference::normal(in[i]).share;
        break;
    }
  }
}

// Calls body(row, column) for every real element of the rows and panels in range, and writes 0 to
// the padding columns of `out`.
template <class T, class Body>
void for_each_element(const PanelView<T>& out, Range rows, Range panels, Body body) {
  for (std::size_t column = panels.begin * kLanes; column < panels.end * kLanes; ++column) {
    for (std::size_t row = rows.begin; row < rows.end; ++row) {
      if (column < out.columns) {
        body(row, column);
      } else {
        out.at(row, column) = T{0};
      }
    }
  }
}

template <class T>
void activation(const ActivationArgs<T>& args) {
  const auto value = args.activation->template lines<T>(Target::reference).value;
  for_each_element(args.y, args.rows, args.panels, [&](std::size_t row, std::size_t unit) {
    value(&args.z.at(row, unit), &args.y.at(row, unit), 1);
  });
}

// The error of one number through the activation.
template <class T, class Args>
void slope(const Args& args, std::size_t row, std::size_t unit, const T* factor, T* error) {
  const T* sum = args.sums.data == nullptr ? nullptr : &args.sums.at(row, unit);
  const auto& lines = args.activation->template lines<T>(Target::reference);
  lines.slope({&args.y.at(row, unit), sum, factor, error, 1});
}

template <class T>
void activation_backward(const ActivationBackwardArgs<T>& args) {
  for_each_element(args.dz, args.rows, args.panels, [&](std::size_t row, std::size_t unit) {
    T error = args.dx.at(unit, row);
    slope<T>(args, row, unit, args.factors.data == nullptr ? nullptr : &args.factors.at(row, unit),
             &error);
    args.dz.at(row, unit) = error;
  });
  if (args.dz_transposed.data == nullptr) return;
  const std::size_t last_unit = std::min(args.dz.columns, args.panels.end * kLanes);
  reference::turn(args.dz, args.dz_transposed, args.rows, {args.panels.begin * kLanes, last_unit});
}

template <class T>
void dropout(const DropoutArgs<T>& args) {
  const auto threshold = static_cast<std::uint32_t>(std::floor(args.rate * 4294967296.0));
  const T kept = static_cast<T>(1.0 / (1.0 - args.rate));
  for_each_element(args.factors, args.rows, args.panels, [&](std::size_t row, std::size_t unit) {
    const auto layer_and_block = args.layer << 24 | static_cast<std::uint32_t>(unit / 4);
    const PhiloxBlock block =
        random_block(args.seed, Purpose::dropout, args.samples[row], args.step, layer_and_block);
    args.factors.at(row, unit) = block[unit % 4] >= threshold ? kept : T{0};
  });
}

template <class T>
void multiply(const MultiplyArgs<T>& args) {
  for_each_element(args.out, args.rows, args.panels, [&](std::size_t row, std::size_t unit) {
    args.out.at(row, unit) = args.x.at(row, unit) * args.factors.at(row, unit);
  });
}

template <class T>
T bent(T x, T bend) {
  x = std::clamp(x, static_cast<T>(-kMostBent), static_cast<T>(kMostBent));
  return x / std::sqrt(x * x * bend + T{1});
}

template <class V, class T>
void scale(const ScaleArgs<V, T>& args) {
  const bool one_for_all = args.offset.size() == 1;
  for (std::size_t r = 0; r < args.from.size(); ++r) {
    for (std::size_t c = 0; c < args.to.panels() * kLanes; ++c) {
      T& to = args.to.at(args.first + r, c);
      const std::size_t own = one_for_all ? 0 : c;
      to = c >= args.to.columns
               ? T{0}
               : (static_cast<T>(args.from[r][c]) - static_cast<T>(args.offset[own])) *
                     static_cast<T>(args.factor[own]);
      if (c < args.to.columns && !args.bend.empty()) to = bent(to, static_cast<T>(args.bend[c]));
    }
  }
}

template <class T>
T sum(std::span<const T> in) {
  std::array<T, kLanes> lanes = {};
  for (std::size_t i = 0; i < in.size(); ++i) lanes[i % kLanes] += in[i];
  return reference::fold(lanes);
}

// Word w as an integer in T.
template <class T>
T number_of_word(std::uint32_t word) {
  return static_cast<T>(word >> FunctionConstants<T>::kWordShift);
}

template <class T>
void normals(std::uint64_t seed, Purpose purpose, std::uint32_t a, std::uint32_t b,
             std::span<T> out) {
  const T scale = FunctionConstants<T>::kWordScale;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto c = static_cast<std::uint32_t>(i / 4);
    const PhiloxBlock block = random_block(seed, purpose, a, b, c);
    const std::size_t pair = i % 4 / 2 * 2;
    const T u = (number_of_word<T>(block[pair]) + T{1}) * scale;
    const T turns = number_of_word<T>(block[pair + 1]) * scale;
    const T radius = std::sqrt(T{-2} * reference::log(u));
    out[i] = radius * (i % 2 == 0 ? reference::cos_two_pi(turns) : reference::sin_two_pi(turns));
  }
}

template <class T>
void uniforms(std::uint64_t seed, Purpose purpose, std::uint32_t a, std::uint32_t b,
              std::span<T> out) {
  const T scale = T{2} * FunctionConstants<T>::kWordScale;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto c = static_cast<std::uint32_t>(i / 4);
    const PhiloxBlock block = random_block(seed, purpose, a, b, c);
    out[i] = number_of_word<T>(block[i % 4]) * scale - T{1};
  }
}

}  // namespace

template <class T>
const ElementKernels<T>& reference_element_kernels() {
  static constexpr ElementKernels<T> kKernels = {
      .map = &map<T>,
      .activation = &activation<T>,
      .activation_backward = &activation_backward<T>,
      .dropout = &dropout<T>,
      .multiply = &multiply<T>,
      .scale_bytes = &scale<std::uint8_t, T>,
      .scale_floats = &scale<float, T>,
      .sum = &sum<T>,
      .normals = &normals<T>,
      .uniforms = &uniforms<T>,
  };
  return kKernels;
}

template const ElementKernels<float>& reference_element_kernels<float>();
template const ElementKernels<double>& reference_element_kernels<double>();

}  // namespace forknet::math
