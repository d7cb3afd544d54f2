// The vector form of layer_norm. Lanes are features; rows go in groups, so that their chains of
// additions run beside each other.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "math/highway_targets.h"
#include "nn/layers/layer_norm/layer_norm_kernels.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/layers/layer_norm/kernel.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if FORKNET_HWY_TARGET_IS_REAL

#include "math/element_blocks-inl.h"
#include "math/element_lines-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::nn::HWY_NAMESPACE {

using namespace math::HWY_NAMESPACE::elements;  // NOLINT: the tools of kernels
using math::kLanes;
using math::Range;

namespace {

// Each kind of operation on lines, vector by vector.
template <class T, class Op>
HWY_INLINE Line<T> map_line(const Line<T>& a, Op op) {
  Line<T> line;
  for (std::size_t v = 0; v < kVectors<T>; ++v) line.v[v] = op(a.v[v]);
  return line;
}
template <class T, class Op>
HWY_INLINE Line<T> map_line(const Line<T>& a, const Line<T>& b, Op op) {
  Line<T> line;
  for (std::size_t v = 0; v < kVectors<T>; ++v) line.v[v] = op(a.v[v], b.v[v]);
  return line;
}
template <class T>
HWY_INLINE Line<T> add(const Line<T>& a, const Line<T>& b) {
  return map_line(a, b, [](auto x, auto y) HWY_ATTR { return hn::Add(x, y); });
}
template <class T>
HWY_INLINE Line<T> multiply(const Line<T>& a, const Line<T>& b) {
  return map_line(a, b, [](auto x, auto y) HWY_ATTR { return hn::Mul(x, y); });
}
// a * b + c
template <class T>
HWY_INLINE Line<T> multiply_add(const Line<T>& a, const Line<T>& b, const Line<T>& c) {
  Line<T> line;
  for (std::size_t v = 0; v < kVectors<T>; ++v) line.v[v] = hn::MulAdd(a.v[v], b.v[v], c.v[v]);
  return line;
}
template <class T>
HWY_INLINE Line<T> subtract(const Line<T>& a, T number) {
  const auto all = hn::Set(Tag<T>(), number);
  return map_line(a, [all](auto x) HWY_ATTR { return hn::Sub(x, all); });
}
template <class T>
HWY_INLINE Line<T> multiply(const Line<T>& a, T number) {
  const auto all = hn::Set(Tag<T>(), number);
  return map_line(a, [all](auto x) HWY_ATTR { return hn::Mul(x, all); });
}

// Lanes past the last feature as 0, whatever padding holds.
template <class T>
HWY_INLINE Line<T> used(const Line<T>& line, const LayerNormArgs<T>& args, std::size_t panel) {
  const std::size_t left = args.x.columns - panel * kLanes;
  return left >= kLanes ? line : fill_from(line, left, T{0});
}

template <class T>
HWY_INLINE Line<T> parameters(const LayerNormArgs<T>& args, std::size_t panel, std::size_t line) {
  return load_line(args.parameters + (panel * kNormLines + line) * kLanes);
}

// A line of the row before scale and shift.
template <class T>
HWY_INLINE Line<T> normalised(const LayerNormArgs<T>& args, std::size_t panel, std::size_t row) {
  const T* const statistics = args.statistics.line(0, row);
  const Line<T> x = load_line(args.x.line(panel, row));
  return used(multiply(subtract(x, statistics[0]), statistics[1]), args, panel);
}

// --- forward

template <class T, std::size_t kRows>
HWY_INLINE void forward_rows(const LayerNormArgs<T>& args, std::size_t row) {
  const std::size_t panels = args.x.panels();
  const auto count = static_cast<T>(args.x.columns);
  Line<T> sums[kRows];
  for (std::size_t i = 0; i < kRows; ++i) sums[i] = constant_line(T{0});
  for (std::size_t panel = 0; panel < panels; ++panel) {
    for (std::size_t i = 0; i < kRows; ++i) {
      sums[i] = add(sums[i], used(load_line(args.x.line(panel, row + i)), args, panel));
    }
  }
  T mean[kRows];
  for (std::size_t i = 0; i < kRows; ++i) mean[i] = fold_line(sums[i], SumLanes()) / count;
  for (std::size_t i = 0; i < kRows; ++i) sums[i] = constant_line(T{0});
  for (std::size_t panel = 0; panel < panels; ++panel) {
    for (std::size_t i = 0; i < kRows; ++i) {
      const Line<T> x = load_line(args.x.line(panel, row + i));
      const Line<T> distance = used(subtract(x, mean[i]), args, panel);
      sums[i] = multiply_add(distance, distance, sums[i]);
    }
  }
  T factor[kRows];
  for (std::size_t i = 0; i < kRows; ++i) {
    factor[i] = T{1} / std::sqrt(fold_line(sums[i], SumLanes()) / count + args.eps);
  }
  for (std::size_t panel = 0; panel < panels; ++panel) {
    const Line<T> scale = parameters(args, panel, 0);
    const Line<T> shift = parameters(args, panel, 1);
    for (std::size_t i = 0; i < kRows; ++i) {
      const Line<T> x = load_line(args.x.line(panel, row + i));
      const Line<T> normal = multiply(subtract(x, mean[i]), factor[i]);
      store_line(used(multiply_add(normal, scale, shift), args, panel),
                 args.y.line(panel, row + i));
    }
  }
  for (std::size_t i = 0; i < kRows && args.statistics.data != nullptr; ++i) {
    T* const statistics = args.statistics.line(0, row + i);
    statistics[0] = mean[i];
    statistics[1] = factor[i];
  }
}

template <class T>
void forward(const LayerNormArgs<T>& args) {
  constexpr std::size_t kRows = 4;
  std::size_t row = args.rows.begin;
  for (; row + kRows <= args.rows.end; row += kRows) forward_rows<T, kRows>(args, row);
  for (; row < args.rows.end; ++row) forward_rows<T, 1>(args, row);
}

// --- backward: 16 rows at a time, because `transposed` has them in one line

// Sums of each row, or their means.
template <class T>
struct RowMeans {
  alignas(64) std::array<T, kLanes> scaled;
  alignas(64) std::array<T, kLanes> along;
};

// One panel of errors, times their factors.
template <class T>
HWY_INLINE void read_errors(const LayerNormArgs<T>& args, std::size_t panel, Range rows) {
  const std::size_t features = std::min(kLanes, args.x.columns - panel * kLanes);
  transpose_part(args.transposed.line(rows.begin / kLanes, panel * kLanes), features,
                 args.errors.line(panel, rows.begin), rows.size());
  if (args.factors.data == nullptr) return;
  for (std::size_t row = rows.begin; row < rows.end; ++row) {
    T* const errors = args.errors.line(panel, row);
    const Line<T> factors = load_line(args.factors.line(panel, row));
    store_line(used(multiply(load_line<T>(errors), factors), args, panel), errors);
  }
}

// Means of the errors times scale, and of these times the row before scale and shift.
template <class T>
HWY_INLINE RowMeans<T> means_of(const LayerNormArgs<T>& args, Range rows) {
  BlockBuffer<T> scaled_lanes = {};
  BlockBuffer<T> along_lanes = {};
  for (std::size_t panel = 0; panel < args.x.panels(); ++panel) {
    const Line<T> scale = parameters(args, panel, 0);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::size_t row = rows.begin + i;
      const Line<T> scaled = multiply(load_line<T>(args.errors.line(panel, row)), scale);
      T* const sums = scaled_lanes.numbers.data() + i * kLanes;
      store_line(add(load_line<T>(sums), scaled), sums);
      T* const along = along_lanes.numbers.data() + i * kLanes;
      store_line(multiply_add(scaled, normalised(args, panel, row), load_line<T>(along)), along);
    }
  }
  const auto count = static_cast<T>(args.x.columns);
  RowMeans<T> means;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const T* const sums = scaled_lanes.numbers.data() + i * kLanes;
    means.scaled[i] = fold_line(load_line(sums), SumLanes()) / count;
    const T* const along = along_lanes.numbers.data() + i * kLanes;
    means.along[i] = fold_line(load_line(along), SumLanes()) / count;
  }
  return means;
}

// One panel of the derivative by x.
template <class T>
HWY_INLINE void derive_panel(const LayerNormArgs<T>& args, std::size_t panel, Range rows,
                             const RowMeans<T>& means) {
  const Tag<T> d;
  const Line<T> scale = parameters(args, panel, 0);
  BlockBuffer<T> block;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t row = rows.begin + i;
    const Line<T> normal = normalised(args, panel, row);
    const Line<T> scaled = multiply(load_line<T>(args.errors.line(panel, row)), scale);
    const auto along = hn::Set(d, means.along[i]);
    Line<T> by_x = subtract(scaled, means.scaled[i]);
    for (std::size_t v = 0; v < kVectors<T>; ++v) {
      by_x.v[v] = hn::NegMulAdd(normal.v[v], along, by_x.v[v]);
    }
    store_line(multiply(by_x, args.statistics.line(0, row)[1]), block.numbers.data() + i * kLanes);
  }
  transpose_part(block.numbers.data(), rows.size(),
                 args.transposed.line(rows.begin / kLanes, panel * kLanes),
                 std::min(kLanes, args.x.columns - panel * kLanes));
}

template <class T>
void take_errors(const LayerNormArgs<T>& args) {
  check_transposed_rows(args.errors, args.transposed, args.rows);
  for (std::size_t row = args.rows.begin; row < args.rows.end; row += kLanes) {
    const Range rows = {row, std::min(args.rows.end, row + kLanes)};
    for (std::size_t panel = 0; panel < args.x.panels(); ++panel) read_errors(args, panel, rows);
    if (!args.hands_down) continue;
    const RowMeans<T> means = means_of(args, rows);
    for (std::size_t panel = 0; panel < args.x.panels(); ++panel) {
      derive_panel(args, panel, rows, means);
    }
  }
}

// --- gradients

template <class T>
void sum_leaf(const LayerNormArgs<T>& args, std::size_t panel, T* sums) {
  Line<T> scale = constant_line(T{0});
  Line<T> shift = constant_line(T{0});
  for (std::size_t block = args.rows.begin; block < args.rows.end; block += math::kBlockTerms) {
    Line<T> scale_chain = constant_line(T{0});
    Line<T> shift_chain = constant_line(T{0});
    for (std::size_t row = block; row < std::min(block + math::kBlockTerms, args.rows.end); ++row) {
      const Line<T> errors = load_line<T>(args.errors.line(panel, row));
      scale_chain = multiply_add(normalised(args, panel, row), errors, scale_chain);
      shift_chain = add(shift_chain, errors);
    }
    scale = block == args.rows.begin ? scale_chain : add(scale, scale_chain);
    shift = block == args.rows.begin ? shift_chain : add(shift, shift_chain);
  }
  store_line(scale, sums);
  store_line(shift, sums + kLanes);
}

}  // namespace

template <class T>
LayerNormKernels<T> layer_norm_kernels() {
  return {&forward<T>, &take_errors<T>, &sum_leaf<T>};
}

template LayerNormKernels<float> layer_norm_kernels<float>();
template LayerNormKernels<double> layer_norm_kernels<double>();

}  // namespace forknet::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

#if HWY_ONCE
#include "math/by_target.h"

namespace forknet::nn {

template <class T>
LayerNormKernels<T> layer_norm_kernels(math::Target target) {
  FORKNET_RETURN_OF_TARGET(target, layer_norm_kernels<T>());
  return layer_norm_reference<T>();
}

template LayerNormKernels<float> layer_norm_kernels<float>(math::Target);
template LayerNormKernels<double> layer_norm_kernels<double>(math::Target);

}  // namespace forknet::nn
#endif
