// Softmax cross-entropy, 16 rows at a time. Up to 16 classes are transposed first, so that lanes
// are rows and no lanes are folded; more classes go panel by panel.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "base/check.h"
#include "math/highway_targets.h"
#include "nn/losses/softmax_cross_entropy/softmax_cross_entropy.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/losses/softmax_cross_entropy/kernel.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if FORKNET_HWY_TARGET_IS_REAL

#include "math/element_blocks-inl.h"
#include "math/element_lines-inl.h"
#include "math/functions-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::nn::HWY_NAMESPACE {

using namespace math::HWY_NAMESPACE::elements;  // NOLINT: the tools of kernels
using math::kLanes;
using math::PanelView;
using math::Range;

// The results of 16 rows: one lane per row. Missing rows stay 0.
template <class T>
struct RowGroup {
  alignas(64) std::array<T, kLanes> label = {};  // as numbers: classes stay far below 2^24
  alignas(64) std::array<T, kLanes> label_logit = {};
  alignas(64) std::array<T, kLanes> most = {};
  alignas(64) std::array<T, kLanes> sum = {};
  alignas(64) std::array<T, kLanes> first_largest = {};
  alignas(64) std::array<T, kLanes> weight = {};   // where rows have weights
  alignas(64) std::array<T, kLanes> shifted = {};  // sums of z - m, where labels are smoothed
};

template <class T>
HWY_INLINE void read_labels(const SoftmaxArgs<T>& args, Range rows, RowGroup<T>& group) {
  if (args.sample_weights != nullptr) {
    std::copy_n(args.sample_weights + rows.begin, rows.size(), group.weight.begin());
  }
  if (args.labels == nullptr) return;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t label = args.labels[rows.begin + i];
    group.label[i] = static_cast<T>(label);
    group.label_logit[i] = args.outputs.at(rows.begin + i, label);
  }
}

// loss = log(s) - (z_label - m); a row whose loss is NaN is not correct.
template <class T>
HWY_INLINE void write_losses(const SoftmaxArgs<T>& args, Range rows, const RowGroup<T>& group) {
  if (args.labels == nullptr) return;
  const Tag<T> d;
  const SmoothLabel<T> smooth(args.smoothing, args.outputs.columns);
  alignas(64) std::array<T, kLanes> losses;
  for (std::size_t i = 0; i < kLanes; i += kWidth<T>) {
    const auto logit = hn::Load(d, group.label_logit.data() + i);
    auto shifted = hn::Sub(logit, hn::Load(d, group.most.data() + i));
    if (args.smoothing != 0) {
      shifted = hn::MulAdd(hn::Set(d, smooth.everywhere), hn::Load(d, group.shifted.data() + i),
                           hn::Mul(hn::Set(d, smooth.besides), shifted));
    }
    const auto log_sum = math::HWY_NAMESPACE::elements::log(d, hn::Load(d, group.sum.data() + i));
    hn::Store(hn::Sub(log_sum, shifted), d, losses.data() + i);
  }
  if (args.losses != nullptr) {
    std::copy_n(losses.begin(), rows.size(), args.losses + rows.begin);
    for (std::size_t i = 0; i < rows.size() && args.sample_weights != nullptr; ++i) {
      args.losses[rows.begin + i] *= group.weight[i];
    }
  }
  if (args.correct == nullptr) return;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool hit = group.first_largest[i] == group.label[i] && losses[i] == losses[i];
    args.correct[rows.begin + i] = hit ? 1 : 0;
  }
}

// --- up to 16 classes: block (classes, rows), lanes `at`.. of its lines

// The largest logit of each row and the first class that has it. Comparisons with NaN are false; a
// row with a NaN has a NaN sum whatever the result here.
template <class T>
HWY_INLINE Vector<T> find_largest(const BlockBuffer<T>& block, std::size_t classes, std::size_t at,
                                  RowGroup<T>& group) {
  const Tag<T> d;
  auto most = hn::Load(d, block.numbers.data() + at);
  auto first = hn::Zero(d);
  for (std::size_t c = 1; c < classes; ++c) {
    const auto z = hn::Load(d, block.numbers.data() + c * kLanes + at);
    const auto larger = hn::Gt(z, most);
    most = hn::IfThenElse(larger, z, most);
    first = hn::IfThenElse(larger, hn::Set(d, static_cast<T>(c)), first);
  }
  hn::Store(most, d, group.most.data() + at);
  hn::Store(first, d, group.first_largest.data() + at);
  return most;
}

// The tree over classes: c with c + 8, then + 4, + 2, + 1; those past the last count as 0.
template <class T>
HWY_INLINE Vector<T> sum_classes(const BlockBuffer<T>& powers, std::size_t classes,
                                 std::size_t at) {
  const Tag<T> d;
  Vector<T> sums[kLanes / 2];
  for (std::size_t c = 0; c < kLanes / 2; ++c) {
    const T* power = powers.numbers.data() + c * kLanes + at;
    sums[c] = c < classes ? hn::Load(d, power) : hn::Zero(d);
    if (c + kLanes / 2 < classes) sums[c] = hn::Add(sums[c], hn::Load(d, power + kBlock / 2));
  }
  for (std::size_t half = kLanes / 4; half > 0; half /= 2) {
    for (std::size_t c = 0; c < half; ++c) sums[c] = hn::Add(sums[c], sums[c + half]);
  }
  return sums[0];
}

// The sums of z - m, for smoothed labels.
template <class T>
HWY_INLINE void sum_shifted(const BlockBuffer<T>& block, std::size_t classes, std::size_t at,
                            Vector<T> most, RowGroup<T>& group) {
  const Tag<T> d;
  BlockBuffer<T> shifted;
  for (std::size_t c = at; c < classes * kLanes; c += kLanes) {
    hn::Store(hn::Sub(hn::Load(d, block.numbers.data() + c), most), d, shifted.numbers.data() + c);
  }
  hn::Store(sum_classes(shifted, classes, at), d, group.shifted.data() + at);
}

// Turns logits into probabilities in place.
template <class T>
HWY_INLINE void softmax_lanes(const SoftmaxArgs<T>& args, BlockBuffer<T>& block, std::size_t at,
                              RowGroup<T>& group) {
  const Tag<T> d;
  const std::size_t classes = args.outputs.columns;
  const auto most = find_largest(block, classes, at, group);
  if (args.smoothing != 0) sum_shifted(block, classes, at, most, group);
  for (std::size_t c = 0; c < classes; ++c) {
    T* number = block.numbers.data() + c * kLanes + at;
    hn::Store(math::HWY_NAMESPACE::elements::exp(d, hn::Sub(hn::Load(d, number), most)), d, number);
  }
  const auto sum = sum_classes(block, classes, at);
  hn::Store(sum, d, group.sum.data() + at);
  for (std::size_t c = 0; c < classes; ++c) {
    T* number = block.numbers.data() + c * kLanes + at;
    hn::Store(hn::Div(hn::Load(d, number), sum), d, number);
  }
}

// block (classes, rows): p becomes p - [label], or what smoothing makes of it; missing rows 0
template <class T>
HWY_INLINE void subtract_labels(const SoftmaxArgs<T>& args, BlockBuffer<T>& block, std::size_t rows,
                                const RowGroup<T>& group) {
  const Tag<T> d;
  const std::size_t classes = args.outputs.columns;
  const SmoothLabel<T> smooth(args.smoothing, classes);
  const auto cold = hn::Set(d, smooth.everywhere);
  const auto at_label = hn::Set(d, smooth.everywhere + smooth.besides);
  const Line<T> labels = load_line(group.label.data());
  for (std::size_t c = 0; c < classes; ++c) {
    T* numbers = block.numbers.data() + c * kLanes;
    Line<T> line = load_line<T>(numbers);
    for (std::size_t i = 0; i < kVectors<T>; ++i) {
      const auto hot = hn::Eq(labels.v[i], hn::Set(d, static_cast<T>(c)));
      line.v[i] = hn::Sub(line.v[i], hn::IfThenElse(hot, at_label, cold));
    }
    if (rows < kLanes) line = fill_from(line, rows, T{0});
    store_line(line, numbers);
  }
}

// block (classes, rows): each row times its weight
template <class T>
HWY_INLINE void weigh_lanes(BlockBuffer<T>& block, std::size_t classes, const RowGroup<T>& group) {
  const Line<T> weights = load_line(group.weight.data());
  for (std::size_t c = 0; c < classes; ++c) {
    T* numbers = block.numbers.data() + c * kLanes;
    Line<T> line = load_line<T>(numbers);
    for (std::size_t i = 0; i < kVectors<T>; ++i) line.v[i] = hn::Mul(line.v[i], weights.v[i]);
    store_line(line, numbers);
  }
}

template <class T>
HWY_INLINE void softmax_narrow_group(const SoftmaxArgs<T>& args, Range rows) {
  const std::size_t classes = args.outputs.columns;
  RowGroup<T> group;
  read_labels(args, rows, group);
  BlockBuffer<T> block;
  transpose_part(args.outputs.line(0, rows.begin), rows.size(), block.numbers.data(), kLanes);
  for (std::size_t at = 0; at < kLanes; at += kWidth<T>) softmax_lanes(args, block, at, group);
  std::fill(block.numbers.begin() + classes * kLanes, block.numbers.end(), T{0});
  if (args.probabilities.data != nullptr) {
    T* probabilities = args.probabilities.line(0, rows.begin);
    transpose_part(block.numbers.data(), kLanes, probabilities, rows.size());
  }
  if (args.dz.data != nullptr) {
    subtract_labels(args, block, rows.size(), group);
    if (args.sample_weights != nullptr) weigh_lanes(block, classes, group);
    transpose_part(block.numbers.data(), kLanes, args.dz.line(0, rows.begin), rows.size());
  }
  if (args.dz_transposed.data != nullptr) {
    T* transposed = args.dz_transposed.line(rows.begin / kLanes, 0);
    std::copy_n(block.numbers.begin(), classes * kLanes, transposed);
  }
  write_losses(args, rows, group);
}

// --- more classes: lanes are classes; a block (rows, lanes) keeps 16 lanes of every row

// The logits of a row in one panel, padding as -infinity, whose exponential is 0.
template <class T>
HWY_INLINE Line<T> logit_line(const PanelView<const T>& logits, std::size_t panel,
                              std::size_t row) {
  const Line<T> line = load_line(logits.line(panel, row));
  const std::size_t left = logits.columns - panel * kLanes;
  return left >= kLanes ? line : fill_from(line, left, -std::numeric_limits<T>::infinity());
}

template <class T>
HWY_INLINE void find_wide_largest(const SoftmaxArgs<T>& args, Range rows, RowGroup<T>& group) {
  BlockBuffer<T> lanes;
  lanes.numbers.fill(-std::numeric_limits<T>::infinity());
  for (std::size_t panel = 0; panel < args.outputs.panels(); ++panel) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      Line<T> most = load_line<T>(lanes.numbers.data() + i * kLanes);
      const Line<T> z = logit_line(args.outputs, panel, rows.begin + i);
      for (std::size_t v = 0; v < kVectors<T>; ++v) most.v[v] = hn::Max(most.v[v], z.v[v]);
      store_line(most, lanes.numbers.data() + i * kLanes);
    }
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    group.most[i] = fold_line(load_line<T>(lanes.numbers.data() + i * kLanes), LargerLane());
  }
}

// Called only for rows whose label has the largest logit: is there an earlier one as large?
template <class T>
HWY_INLINE void find_wide_first(const SoftmaxArgs<T>& args, Range rows, RowGroup<T>& group) {
  if (args.labels == nullptr || args.correct == nullptr) return;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t label = args.labels[rows.begin + i];
    std::size_t c = 0;
    if (group.label_logit[i] == group.most[i]) {
      while (c < label && args.outputs.at(rows.begin + i, c) != group.most[i]) ++c;
    } else {
      c = label + 1;
    }
    group.first_largest[i] = static_cast<T>(c);
  }
}

// Exponentials of every class, stored in `powers` if it has data, and their sums.
template <class T>
HWY_INLINE void sum_wide_powers(const SoftmaxArgs<T>& args, Range rows, const PanelView<T>& powers,
                                RowGroup<T>& group) {
  const Tag<T> d;
  BlockBuffer<T> lanes = {};
  for (std::size_t panel = 0; panel < args.outputs.panels(); ++panel) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      Line<T> sums = load_line<T>(lanes.numbers.data() + i * kLanes);
      Line<T> line = logit_line(args.outputs, panel, rows.begin + i);
      const auto most = hn::Set(d, group.most[i]);
      for (std::size_t v = 0; v < kVectors<T>; ++v) {
        line.v[v] = math::HWY_NAMESPACE::elements::exp(d, hn::Sub(line.v[v], most));
        sums.v[v] = hn::Add(sums.v[v], line.v[v]);
      }
      store_line(sums, lanes.numbers.data() + i * kLanes);
      if (powers.data != nullptr) store_line(line, powers.line(panel, rows.begin + i));
    }
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    group.sum[i] = fold_line(load_line<T>(lanes.numbers.data() + i * kLanes), SumLanes());
  }
}

// The sums of z - m, for smoothed labels; logits may lie where powers will.
template <class T>
HWY_INLINE void sum_wide_shifted(const SoftmaxArgs<T>& args, Range rows, RowGroup<T>& group) {
  const Tag<T> d;
  BlockBuffer<T> lanes = {};
  for (std::size_t panel = 0; panel < args.outputs.panels(); ++panel) {
    const std::size_t left = args.outputs.columns - panel * kLanes;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      T* const sums = lanes.numbers.data() + i * kLanes;
      const auto most = hn::Set(d, group.most[i]);
      Line<T> line = load_line(args.outputs.line(panel, rows.begin + i));
      for (std::size_t v = 0; v < kVectors<T>; ++v) line.v[v] = hn::Sub(line.v[v], most);
      if (left < kLanes) line = fill_from(line, left, T{0});
      const Line<T> before = load_line<T>(sums);
      for (std::size_t v = 0; v < kVectors<T>; ++v) line.v[v] = hn::Add(before.v[v], line.v[v]);
      store_line(line, sums);
    }
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    group.shifted[i] = fold_line(load_line<T>(lanes.numbers.data() + i * kLanes), SumLanes());
  }
}

// One line of dz: p - [label], or what smoothing makes of it.
template <class T>
HWY_INLINE void subtract_label(const SoftmaxArgs<T>& args, std::size_t panel, std::size_t row) {
  const std::size_t label = args.labels[row];
  const bool here = label / kLanes == panel;
  const SmoothLabel<T> smooth(args.smoothing, args.outputs.columns);
  const T at_label = here ? args.dz.at(row, label) - (smooth.everywhere + smooth.besides) : T{0};
  if (args.smoothing != 0) {
    const Tag<T> d;
    T* const numbers = args.dz.line(panel, row);
    Line<T> line = load_line<T>(numbers);
    const auto everywhere = hn::Set(d, smooth.everywhere);
    for (std::size_t v = 0; v < kVectors<T>; ++v) line.v[v] = hn::Sub(line.v[v], everywhere);
    const std::size_t left = args.dz.columns - panel * kLanes;
    store_line(left < kLanes ? fill_from(line, left, T{0}) : line, numbers);
  }
  if (here) args.dz.at(row, label) = at_label;
}

// One line of dz times the weight of its row.
template <class T>
HWY_INLINE void weigh_line(T* numbers, T weight) {
  const Tag<T> d;
  Line<T> line = load_line<T>(numbers);
  for (std::size_t v = 0; v < kVectors<T>; ++v) line.v[v] = hn::Mul(line.v[v], hn::Set(d, weight));
  store_line(line, numbers);
}

// powers -> probabilities and dz, for one panel
template <class T>
HWY_INLINE void divide_panel(const SoftmaxArgs<T>& args, Range rows, const PanelView<T>& powers,
                             std::size_t panel, const RowGroup<T>& group) {
  const Tag<T> d;
  const std::size_t left = powers.columns - panel * kLanes;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t row = rows.begin + i;
    Line<T> p = load_line<T>(powers.line(panel, row));
    for (std::size_t v = 0; v < kVectors<T>; ++v)
      p.v[v] = hn::Div(p.v[v], hn::Set(d, group.sum[i]));
    if (left < kLanes) p = fill_from(p, left, T{0});
    if (args.probabilities.data != nullptr) store_line(p, args.probabilities.line(panel, row));
    if (args.dz.data == nullptr) continue;
    store_line(p, args.dz.line(panel, row));
    subtract_label(args, panel, row);
    if (args.sample_weights != nullptr) weigh_line(args.dz.line(panel, row), group.weight[i]);
  }
  if (args.dz_transposed.data == nullptr) return;
  transpose_part(args.dz.line(panel, rows.begin), rows.size(),
                 args.dz_transposed.line(rows.begin / kLanes, panel * kLanes),
                 std::min(left, kLanes));
}

template <class T>
HWY_INLINE void softmax_wide_group(const SoftmaxArgs<T>& args, Range rows) {
  RowGroup<T> group;
  read_labels(args, rows, group);
  find_wide_largest(args, rows, group);
  find_wide_first(args, rows, group);
  if (args.smoothing != 0) sum_wide_shifted(args, rows, group);
  const PanelView<T>& powers = args.probabilities.data != nullptr ? args.probabilities : args.dz;
  sum_wide_powers(args, rows, powers, group);
  if (powers.data != nullptr) {
    for (std::size_t panel = 0; panel < args.outputs.panels(); ++panel) {
      divide_panel(args, rows, powers, panel, group);
    }
  }
  write_losses(args, rows, group);
}

// logits (rows, classes), labels (rows) -> losses and correct (rows), dz and probabilities
// (rows, classes), dz_transposed (classes, rows)
template <class T>
void softmax_tile(const SoftmaxArgs<T>& args) {
  check_transposed_rows(args.dz, args.dz_transposed, args.rows);
  FORKNET_CHECK(args.labels != nullptr || args.dz.data == nullptr);
  for (std::size_t row = args.rows.begin; row < args.rows.end;) {
    const std::size_t next = std::min(args.rows.end, (row / kLanes + 1) * kLanes);
    if (args.outputs.columns <= kLanes) {
      softmax_narrow_group(args, {row, next});
    } else {
      softmax_wide_group(args, {row, next});
    }
    row = next;
  }
}

template void softmax_tile(const SoftmaxArgs<float>&);
template void softmax_tile(const SoftmaxArgs<double>&);

}  // namespace forknet::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

#if HWY_ONCE
#include "math/by_target.h"

namespace forknet::nn {

template <class T>
SoftmaxKernel<T> softmax_kernel(math::Target target) {
  FORKNET_RETURN_OF_TARGET(target, softmax_tile<T>)
  return softmax_reference<T>;
}

template SoftmaxKernel<float> softmax_kernel<float>(math::Target);
template SoftmaxKernel<double> softmax_kernel<double>(math::Target);

}  // namespace forknet::nn
#endif
