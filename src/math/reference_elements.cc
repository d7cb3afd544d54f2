// The plain-loop reference of element_kernels.h: one number after the other, as in
// docs/numerics.md. It shares no code with the vector kernels except the constants of functions.h.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "base/check.h"
#include "base/philox.h"
#include "math/element_kernels.h"
#include "math/functions.h"
#include "math/reference_functions.h"

namespace forknet::math {
namespace {

template <class T>
T fold(std::array<T, kLanes> lanes) {
  for (std::size_t half = kLanes / 2; half > 0; half /= 2) {
    for (std::size_t lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
  }
  return lanes[0];
}

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

// errors (rows, columns) -> transposed (columns, rows): row panels of these rows, padding lanes 0
template <class T>
void turn(const PanelView<T>& errors, const PanelView<T>& transposed, Range rows, Range columns) {
  for (std::size_t column = columns.begin; column < columns.end; ++column) {
    for (std::size_t row = rows.begin; row < panels_for(rows.end) * kLanes; ++row) {
      transposed.at(column, row) = row < rows.end ? errors.at(row, column) : T{0};
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
  turn(args.dz, args.dz_transposed, args.rows, {args.panels.begin * kLanes, last_unit});
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
    }
  }
}

template <class T>
T weighed(T number, const T* sample_weights, std::size_t row) {
  return sample_weights == nullptr ? number : number * sample_weights[row];
}

// One row of logits -> its probabilities, loss and hit.
template <class T>
void softmax_row(const SoftmaxArgs<T>& args, std::size_t row, std::span<T> probabilities) {
  const std::size_t classes = args.logits.columns;
  T most = -std::numeric_limits<T>::infinity();
  std::size_t first_largest = classes;
  for (std::size_t c = 0; c < classes; ++c) {
    const T z = args.logits.at(row, c);
    if (z > most || (z == most && first_largest == classes)) {
      most = z;
      first_largest = c;
    }
  }
  std::array<T, kLanes> lanes = {};
  for (std::size_t c = 0; c < classes; ++c) {
    probabilities[c] = reference::exp(args.logits.at(row, c) - most);
    lanes[c % kLanes] += probabilities[c];
  }
  const T sum = fold(lanes);
  for (T& probability : probabilities) probability /= sum;
  if (args.labels == nullptr) return;

  const std::size_t label = args.labels[row];
  const T loss = reference::log(sum) - (args.logits.at(row, label) - most);
  if (args.losses != nullptr) args.losses[row] = weighed(loss, args.sample_weights, row);
  if (args.correct != nullptr) {
    args.correct[row] = !std::isnan(loss) && first_largest == label ? 1 : 0;
  }
}

template <class T>
void write_row(const PanelView<T>& to, std::size_t row, std::span<const T> numbers) {
  for (std::size_t c = 0; c < panels_for(numbers.size()) * kLanes; ++c) {
    to.at(row, c) = c < numbers.size() ? numbers[c] : T{0};
  }
}

template <class T>
void softmax_cross_entropy(const SoftmaxArgs<T>& args) {
  std::vector<T> numbers(args.logits.columns);
  for (std::size_t row = args.rows.begin; row < args.rows.end; ++row) {
    softmax_row<T>(args, row, numbers);
    if (args.probabilities.data != nullptr) write_row<T>(args.probabilities, row, numbers);
    if (args.dz.data == nullptr) continue;
    numbers[args.labels[row]] -= T{1};
    for (T& number : numbers) number = weighed(number, args.sample_weights, row);
    write_row<T>(args.dz, row, numbers);
  }
  if (args.dz_transposed.data == nullptr) return;
  turn(args.dz, args.dz_transposed, args.rows, {0, args.dz.columns});
}

template <class T>
void mse(const MseArgs<T>& args) {
  const std::size_t outputs = args.y.columns;
  std::vector<T> errors(outputs);
  for (std::size_t row = args.rows.begin; row < args.rows.end; ++row) {
    std::array<T, kLanes> lanes = {};
    for (std::size_t c = 0; c < outputs; ++c) {
      const T difference = args.y.at(row, c) - args.targets.at(row, c);
      lanes[c % kLanes] = std::fma(difference, difference, lanes[c % kLanes]);
      T error = difference * (T{2} / static_cast<T>(outputs));
      slope<T>(args, row, c, nullptr, &error);
      errors[c] = weighed(error, args.sample_weights, row);
    }
    if (args.losses != nullptr) {
      const T loss = fold(lanes) * (T{1} / static_cast<T>(outputs));
      args.losses[row] = weighed(loss, args.sample_weights, row);
    }
    if (args.dz.data != nullptr) write_row<T>(args.dz, row, errors);
  }
  if (args.dz_transposed.data == nullptr) return;
  turn(args.dz, args.dz_transposed, args.rows, {0, outputs});
}

template <class T>
T sum(std::span<const T> in) {
  std::array<T, kLanes> lanes = {};
  for (std::size_t i = 0; i < in.size(); ++i) lanes[i % kLanes] += in[i];
  return fold(lanes);
}

// Word w as an integer in T.
template <class T>
T number_of_word(std::uint32_t word) {
  return static_cast<T>(word >> FunctionConstants<T>::kWordShift);
}

template <class T>
void normals(std::uint64_t seed, std::uint32_t a, std::uint32_t b, std::span<T> out) {
  const T scale = FunctionConstants<T>::kWordScale;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto c = static_cast<std::uint32_t>(i / 4);
    const PhiloxBlock block = random_block(seed, Purpose::weights, a, b, c);
    const std::size_t pair = i % 4 / 2 * 2;
    const T u = (number_of_word<T>(block[pair]) + T{1}) * scale;
    const T turns = number_of_word<T>(block[pair + 1]) * scale;
    const T radius = std::sqrt(T{-2} * reference::log(u));
    out[i] = radius * (i % 2 == 0 ? reference::cos_two_pi(turns) : reference::sin_two_pi(turns));
  }
}

template <class T>
void uniforms(std::uint64_t seed, std::uint32_t a, std::uint32_t b, std::span<T> out) {
  const T scale = T{2} * FunctionConstants<T>::kWordScale;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto c = static_cast<std::uint32_t>(i / 4);
    const PhiloxBlock block = random_block(seed, Purpose::weights, a, b, c);
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
      .softmax_cross_entropy = &softmax_cross_entropy<T>,
      .mse = &mse<T>,
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
