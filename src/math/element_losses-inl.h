// Softmax cross-entropy and mean squared error, row by row; errors are turned round 16 rows at a
// time. Included once a target.

#if defined(FORKNET_MATH_ELEMENT_LOSSES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FORKNET_MATH_ELEMENT_LOSSES_INL_H_
#undef FORKNET_MATH_ELEMENT_LOSSES_INL_H_
#else
#define FORKNET_MATH_ELEMENT_LOSSES_INL_H_
#endif

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "base/check.h"
#include "hwy/highway.h"
#include "math/element_blocks-inl.h"
#include "math/element_kernels.h"
#include "math/element_lines-inl.h"
#include "math/element_maps-inl.h"
#include "math/functions-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::math::HWY_NAMESPACE::elements {

// Where one row's results go; each may be null. Lines of a row are panel_stride apart.
template <class T>
struct RowTargets {
  T* dz;
  std::size_t dz_stride;
  T* probabilities;
  std::size_t probabilities_stride;
};

// What a row leaves for its loss: log(sum) - shifted_label.
template <class T>
struct RowSums {
  alignas(64) std::array<T, kLanes> sum;
  alignas(64) std::array<T, kLanes> shifted_label;  // z_label - m
  std::array<bool, kLanes> label_is_first_largest;
};

// Bit l: lane l of the line equals the value.
template <class T>
HWY_INLINE std::uint32_t lanes_equal(const Line<T>& line, T value) {
  const Tag<T> d;
  std::uint32_t lanes = 0;
  for (std::size_t i = 0; i < kVectors<T>; ++i) {
    std::array<std::uint8_t, 8> bits = {};
    hn::StoreMaskBits(d, hn::Eq(line.v[i], hn::Set(d, value)), bits.data());
    lanes |= static_cast<std::uint32_t>(bits[0] | bits[1] << 8) << (i * kWidth<T>);
  }
  return lanes;
}

template <class T>
HWY_INLINE Line<T> exp_shifted(Line<T> logits, T most) {
  const Tag<T> d;
  for (std::size_t i = 0; i < kVectors<T>; ++i) {
    logits.v[i] = elements::exp(d, hn::Sub(logits.v[i], hn::Set(d, most)));
  }
  return logits;
}

template <class T>
HWY_INLINE Line<T> divide(Line<T> line, T divisor) {
  const Tag<T> d;
  for (std::size_t i = 0; i < kVectors<T>; ++i) {
    line.v[i] = hn::Div(line.v[i], hn::Set(d, divisor));
  }
  return line;
}

// line - [lane]
template <class T>
HWY_INLINE Line<T> subtract_one_hot(Line<T> line, std::size_t lane) {
  const Tag<T> d;
  for (std::size_t i = 0; i < kVectors<T>; ++i) {
    const auto lanes = hn::Iota(d, static_cast<T>(i * kWidth<T>));
    const auto hot = hn::Eq(lanes, hn::Set(d, static_cast<T>(lane)));
    line.v[i] = hn::Sub(line.v[i], hn::IfThenElseZero(hot, hn::Set(d, T{1})));
  }
  return line;
}

// A row of up to 16 classes stays in registers. Padding lanes are -infinity, and exp makes them 0.
template <class T>
HWY_INLINE void softmax_narrow_row(const SoftmaxArgs<T>& args, std::size_t row,
                                   const RowTargets<T>& to, RowSums<T>& sums) {
  const std::size_t classes = args.logits.columns;
  const T* logits = args.logits.line(0, row);
  const std::size_t label = args.labels != nullptr ? args.labels[row] : 0;
  const T label_logit = logits[label];
  const Line<T> z = fill_from(load_line(logits), classes, -std::numeric_limits<T>::infinity());
  const T most = fold_line(z, LargerLane());
  const Line<T> e = exp_shifted(z, most);
  const T sum = fold_line(e, SumLanes());

  const std::size_t slot = row % kLanes;
  sums.sum[slot] = sum;
  sums.shifted_label[slot] = label_logit - most;
  const std::uint32_t largest = lanes_equal(z, most);
  sums.label_is_first_largest[slot] = std::countr_zero(largest) == static_cast<int>(label);

  if (to.dz == nullptr && to.probabilities == nullptr) return;
  const Line<T> p = fill_from(divide(e, sum), classes, T{0});
  if (to.probabilities != nullptr) store_line(p, to.probabilities);
  if (to.dz != nullptr) store_line(subtract_one_hot(p, label), to.dz);
}

// The line of a panel with its padding replaced.
template <class T>
HWY_INLINE Line<T> logit_line(const PanelView<const T>& logits, std::size_t panel,
                              std::size_t row) {
  const Line<T> line = load_line(logits.line(panel, row));
  const std::size_t left = logits.columns - panel * kLanes;
  return left >= kLanes ? line : fill_from(line, left, -std::numeric_limits<T>::infinity());
}

template <class T>
HWY_INLINE bool is_first_largest(const PanelView<const T>& logits, std::size_t row,
                                 std::size_t label, T most) {
  if (logits.at(row, label) != most) return false;
  for (std::size_t c = 0; c < label; ++c) {
    if (logits.at(row, c) == most) return false;
  }
  return true;
}

// Divides the row's powers, which lie where the probabilities or the errors are to be.
template <class T>
HWY_INLINE void finish_wide_row(const RowTargets<T>& to, std::size_t classes, std::size_t label,
                                T sum) {
  T* powers = to.probabilities != nullptr ? to.probabilities : to.dz;
  const std::size_t stride = to.probabilities != nullptr ? to.probabilities_stride : to.dz_stride;
  for (std::size_t panel = 0; panel < panels_for(classes); ++panel) {
    Line<T> p = divide(load_line<T>(powers + panel * stride), sum);
    const std::size_t left = classes - panel * kLanes;
    if (left < kLanes) p = fill_from(p, left, T{0});
    if (to.probabilities != nullptr) store_line(p, to.probabilities + panel * stride);
    if (to.dz != nullptr) store_line(p, to.dz + panel * to.dz_stride);
  }
  if (to.dz != nullptr) to.dz[label / kLanes * to.dz_stride + label % kLanes] -= T{1};
}

template <class T>
HWY_INLINE void softmax_wide_row(const SoftmaxArgs<T>& args, std::size_t row,
                                 const RowTargets<T>& to, RowSums<T>& sums) {
  const Tag<T> d;
  const std::size_t panels = args.logits.panels();
  Line<T> largest = logit_line(args.logits, 0, row);
  for (std::size_t panel = 1; panel < panels; ++panel) {
    const Line<T> z = logit_line(args.logits, panel, row);
    for (std::size_t i = 0; i < kVectors<T>; ++i) largest.v[i] = hn::Max(largest.v[i], z.v[i]);
  }
  const T most = fold_line(largest, LargerLane());
  const std::size_t label = args.labels != nullptr ? args.labels[row] : 0;
  const std::size_t slot = row % kLanes;
  sums.shifted_label[slot] = args.logits.at(row, label) - most;
  sums.label_is_first_largest[slot] = is_first_largest(args.logits, row, label, most);

  T* powers = to.probabilities != nullptr ? to.probabilities : to.dz;
  const std::size_t stride = to.probabilities != nullptr ? to.probabilities_stride : to.dz_stride;
  Line<T> lanes = constant_line(T{0});
  for (std::size_t panel = 0; panel < panels; ++panel) {
    const Line<T> e = exp_shifted(logit_line(args.logits, panel, row), most);
    for (std::size_t i = 0; i < kVectors<T>; ++i) lanes.v[i] = hn::Add(lanes.v[i], e.v[i]);
    if (powers != nullptr) store_line(e, powers + panel * stride);
  }
  sums.sum[slot] = fold_line(lanes, SumLanes());
  if (powers != nullptr) finish_wide_row(to, args.logits.columns, label, sums.sum[slot]);
}

// Losses and hits of the rows in range, all in one group of 16.
template <class T>
HWY_INLINE void finish_losses(const SoftmaxArgs<T>& args, Range rows, const RowSums<T>& sums) {
  alignas(64) std::array<T, kLanes> losses;
  map_lines(sums.sum.data(), losses.data(), kLanes, LogOp());
  for (std::size_t row = rows.begin; row < rows.end; ++row) {
    const std::size_t slot = row % kLanes;
    const T loss = losses[slot] - sums.shifted_label[slot];
    if (args.losses != nullptr) args.losses[row] = loss;
    if (args.correct != nullptr) {
      const bool is_number = loss == loss;
      args.correct[row] = is_number && sums.label_is_first_largest[slot] ? 1 : 0;
    }
  }
}

// dz (rows, columns) -> dz_transposed (columns, rows), for the rows of one group of 16
template <class T>
HWY_INLINE void transpose_rows(const PanelView<T>& dz, const PanelView<T>& dz_transposed,
                               Range rows) {
  for (std::size_t panel = 0; panel < dz.panels(); ++panel) {
    const std::size_t columns = std::min(kLanes, dz.columns - panel * kLanes);
    transpose_part(dz.line(panel, rows.begin), rows.size(),
                   dz_transposed.line(rows.begin / kLanes, panel * kLanes), columns);
  }
}

// Rows turned round come in whole groups of 16, but for the matrix's last.
template <class T>
void check_rows(const PanelView<T>& dz, const PanelView<T>& dz_transposed, Range rows) {
  if (dz_transposed.data == nullptr) return;
  FORKNET_CHECK(dz.data != nullptr);
  FORKNET_CHECK(rows.begin % kLanes == 0);
  FORKNET_CHECK(rows.end % kLanes == 0 || rows.end == dz.rows);
}

template <class T>
HWY_INLINE void softmax_group(const SoftmaxArgs<T>& args, Range rows) {
  RowSums<T> sums;
  sums.sum.fill(T{1});
  RowTargets<T> to = {nullptr, args.dz.panel_stride, nullptr, args.probabilities.panel_stride};
  for (std::size_t row = rows.begin; row < rows.end; ++row) {
    if (args.dz.data != nullptr) to.dz = args.dz.line(0, row);
    if (args.probabilities.data != nullptr) to.probabilities = args.probabilities.line(0, row);
    if (args.logits.columns <= kLanes) {
      softmax_narrow_row(args, row, to, sums);
    } else {
      softmax_wide_row(args, row, to, sums);
    }
  }
  if (args.labels != nullptr) finish_losses(args, rows, sums);
  if (args.dz_transposed.data != nullptr) transpose_rows(args.dz, args.dz_transposed, rows);
}

// logits (rows, classes), labels (rows) -> losses and correct (rows), dz and probabilities
// (rows, classes), dz_transposed (classes, rows)
template <class T>
void softmax_cross_entropy(const SoftmaxArgs<T>& args) {
  check_rows(args.dz, args.dz_transposed, args.rows);
  FORKNET_CHECK(args.labels != nullptr || args.dz.data == nullptr);
  for (std::size_t row = args.rows.begin; row < args.rows.end;) {
    const std::size_t next = std::min(args.rows.end, (row / kLanes + 1) * kLanes);
    softmax_group(args, {row, next});
    row = next;
  }
}

// One row: errors written, its lanes of squares folded.
template <class T>
HWY_INLINE T mse_row(const MseArgs<T>& args, std::size_t row, T error_scale) {
  const Tag<T> d;
  Line<T> squares = constant_line(T{0});
  for (std::size_t panel = 0; panel < args.y.panels(); ++panel) {
    const Line<T> y = load_line(args.y.line(panel, row));
    Line<T> error = load_line(args.targets.line(panel, row));
    for (std::size_t i = 0; i < kVectors<T>; ++i) error.v[i] = hn::Sub(y.v[i], error.v[i]);
    const std::size_t left = args.y.columns - panel * kLanes;
    if (left < kLanes) error = fill_from(error, left, T{0});
    for (std::size_t i = 0; i < kVectors<T>; ++i) {
      squares.v[i] = hn::MulAdd(error.v[i], error.v[i], squares.v[i]);
      const auto dy = hn::Mul(error.v[i], hn::Set(d, error_scale));
      error.v[i] = through_activation(d, args.activation, dy, y.v[i]);
    }
    if (args.dz.data == nullptr) continue;
    if (left < kLanes) error = fill_from(error, left, T{0});
    store_line(error, args.dz.line(panel, row));
  }
  return fold_line(squares, SumLanes());
}

// y, targets (rows, outputs) -> losses (rows), dz (rows, outputs), dz_transposed (outputs, rows)
template <class T>
void mse(const MseArgs<T>& args) {
  check_rows(args.dz, args.dz_transposed, args.rows);
  const T loss_scale = T{1} / static_cast<T>(args.y.columns);
  const T error_scale = T{2} / static_cast<T>(args.y.columns);
  for (std::size_t begin = args.rows.begin; begin < args.rows.end;) {
    const std::size_t end = std::min(args.rows.end, (begin / kLanes + 1) * kLanes);
    for (std::size_t row = begin; row < end; ++row) {
      const T squares = mse_row(args, row, error_scale);
      if (args.losses != nullptr) args.losses[row] = squares * loss_scale;
    }
    if (args.dz_transposed.data != nullptr)
      transpose_rows(args.dz, args.dz_transposed, {begin, end});
    begin = end;
  }
}

}  // namespace forknet::math::HWY_NAMESPACE::elements
HWY_AFTER_NAMESPACE();

#endif  // FORKNET_MATH_ELEMENT_LOSSES_INL_H_
