// The kernel of a loss of numbers (number_loss.h), 16 rows at a time, panel by panel. Included once
// per target.
//
// Of is the loss: kErrorFactor is its k, and of(y, t, lane, error) adds l(y, t) to `lane` and
// writes e(y, t). Both are computed for padding too, which is then left out.

#if defined(FORKNET_NN_LOSSES_NUMBER_KERNEL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FORKNET_NN_LOSSES_NUMBER_KERNEL_INL_H_
#undef FORKNET_NN_LOSSES_NUMBER_KERNEL_INL_H_
#else
#define FORKNET_NN_LOSSES_NUMBER_KERNEL_INL_H_
#endif

#include <algorithm>
#include <cstddef>

#include "hwy/highway.h"
#include "math/element_blocks-inl.h"
#include "math/element_lines-inl.h"
#include "nn/loss.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::nn::HWY_NAMESPACE {

using namespace math::HWY_NAMESPACE::elements;  // NOLINT: the tools of kernels
using math::kLanes;
using math::Range;

// `from` in lanes before `count`, `line` in the others.
template <class T>
HWY_INLINE Line<T> first_lanes_from(const Line<T>& from, std::size_t count, Line<T> line) {
  const Tag<T> d;
  for (std::size_t i = 0; i < kVectors<T>; ++i) {
    const std::size_t first = i * kWidth<T>;
    const std::size_t taken = count > first ? std::min(count - first, kWidth<T>) : 0;
    line.v[i] = hn::IfThenElse(hn::FirstN(d, taken), from.v[i], line.v[i]);
  }
  return line;
}

// One line: adds its losses to sums (16) and writes its errors by the outputs.
template <class T, class Of>
HWY_INLINE void number_line(const LossArgs<T>& args, const Of& of, std::size_t panel,
                            std::size_t row, T* sums) {
  const Tag<T> d;
  const T error_scale = T{Of::kErrorFactor} / static_cast<T>(args.outputs.columns);
  const std::size_t left = args.outputs.columns - panel * kLanes;
  const Line<T> y = load_line(args.outputs.line(panel, row));
  const Line<T> t = load_line(args.targets.line(panel, row));
  const Line<T> before = load_line<T>(sums);
  Line<T> lanes = before;
  Line<T> errors;
  for (std::size_t v = 0; v < kVectors<T>; ++v) {
    of(y.v[v], t.v[v], lanes.v[v], errors.v[v]);
    errors.v[v] = hn::Mul(errors.v[v], hn::Set(d, error_scale));
  }
  if (left < kLanes) {
    lanes = first_lanes_from(lanes, left, before);
    errors = fill_from(errors, left, T{0});
  }
  store_line(lanes, sums);
  if (args.dz.data != nullptr) store_line(errors, args.dz.line(panel, row));
}

// Errors by the outputs -> errors by the sums before the activation, times the rows' weights.
template <class T>
HWY_INLINE void number_errors(const LossArgs<T>& args, std::size_t panel, Range rows) {
  const bool identity = args.activation->is_identity();
  if (identity && args.sample_weights == nullptr) return;  // padding is 0 already
  const Tag<T> d;
  T* errors = args.dz.line(panel, rows.begin);
  if (!identity) {
    const T* sums = line_or_null(args.sums, panel, rows.begin);
    args.activation->template lines<T>(kTarget).slope(
        {args.outputs.line(panel, rows.begin), sums, nullptr, errors, rows.size() * kLanes});
  }
  for (std::size_t i = 0; i < rows.size() && args.sample_weights != nullptr; ++i) {
    const auto weight = hn::Set(d, args.sample_weights[rows.begin + i]);
    Line<T> line = load_line(errors + i * kLanes);
    for (std::size_t v = 0; v < kVectors<T>; ++v) line.v[v] = hn::Mul(line.v[v], weight);
    store_line(line, errors + i * kLanes);
  }
  clear_padding(args.dz, panel, rows);
}

// The rows of one group of 16.
template <class T, class Of>
HWY_INLINE void number_group(const LossArgs<T>& args, const Of& of, Range rows) {
  const T loss_scale = T{1} / static_cast<T>(args.outputs.columns);
  BlockBuffer<T> sums = {};  // (rows, lanes)
  for (std::size_t panel = 0; panel < args.outputs.panels(); ++panel) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      number_line(args, of, panel, rows.begin + i, sums.numbers.data() + i * kLanes);
    }
    if (args.dz.data != nullptr) number_errors(args, panel, rows);
    if (args.dz_transposed.data == nullptr) continue;
    transpose_part(args.dz.line(panel, rows.begin), rows.size(),
                   args.dz_transposed.line(rows.begin / kLanes, panel * kLanes),
                   std::min(kLanes, args.outputs.columns - panel * kLanes));
  }
  if (args.losses == nullptr) return;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Line<T> lanes = load_line<T>(sums.numbers.data() + i * kLanes);
    const T loss = fold_line(lanes, SumLanes()) * loss_scale;
    const T* const weight = args.sample_weights;
    args.losses[rows.begin + i] = weight == nullptr ? loss : loss * weight[rows.begin + i];
  }
}

// y, targets (rows, outputs) -> losses (rows), dz (rows, outputs), dz_transposed (outputs, rows)
template <class T, class Of>
HWY_INLINE void number_tile(const LossArgs<T>& args, const Of& of) {
  check_transposed_rows(args.dz, args.dz_transposed, args.rows);
  for (std::size_t row = args.rows.begin; row < args.rows.end;) {
    const std::size_t next = std::min(args.rows.end, (row / kLanes + 1) * kLanes);
    number_group(args, of, {row, next});
    row = next;
  }
}

}  // namespace forknet::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // FORKNET_NN_LOSSES_NUMBER_KERNEL_INL_H_
