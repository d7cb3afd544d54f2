// Softmax cross-entropy of more than 16 classes: lanes are classes; a block (rows, lanes) keeps 16
// lanes of every row. Included once per target.

#if defined(FORKNET_NN_SOFTMAX_WIDE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FORKNET_NN_SOFTMAX_WIDE_INL_H_
#undef FORKNET_NN_SOFTMAX_WIDE_INL_H_
#else
#define FORKNET_NN_SOFTMAX_WIDE_INL_H_
#endif

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "hwy/highway.h"
#include "nn/losses/softmax_cross_entropy/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::nn::HWY_NAMESPACE {

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

}  // namespace forknet::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // toggle
