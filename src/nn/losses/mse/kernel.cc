// Mean squared error, 16 rows at a time, panel by panel.
#include <algorithm>
#include <cstddef>

#include "math/highway_targets.h"
#include "nn/losses/mse/mse.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/losses/mse/kernel.cc"
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

// One line: adds its squared differences to squares (16) and writes its errors by the outputs.
template <class T>
HWY_INLINE void mse_line(const LossArgs<T>& args, std::size_t panel, std::size_t row, T error_scale,
                         T* squares) {
  const Tag<T> d;
  const std::size_t left = args.outputs.columns - panel * kLanes;
  const Line<T> y = load_line(args.outputs.line(panel, row));
  Line<T> line = load_line(args.targets.line(panel, row));
  for (std::size_t v = 0; v < kVectors<T>; ++v) line.v[v] = hn::Sub(y.v[v], line.v[v]);
  if (left < kLanes) line = fill_from(line, left, T{0});
  Line<T> lanes = load_line<T>(squares);
  for (std::size_t v = 0; v < kVectors<T>; ++v) {
    lanes.v[v] = hn::MulAdd(line.v[v], line.v[v], lanes.v[v]);
    line.v[v] = hn::Mul(line.v[v], hn::Set(d, error_scale));
  }
  store_line(lanes, squares);
  if (args.dz.data != nullptr) store_line(line, args.dz.line(panel, row));
}

// Errors by the outputs -> errors by the sums before the activation, times the rows' weights.
template <class T>
HWY_INLINE void mse_errors(const LossArgs<T>& args, std::size_t panel, Range rows) {
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
template <class T>
HWY_INLINE void mse_group(const LossArgs<T>& args, Range rows) {
  const T loss_scale = T{1} / static_cast<T>(args.outputs.columns);
  const T error_scale = T{2} / static_cast<T>(args.outputs.columns);
  BlockBuffer<T> squares = {};  // (rows, lanes)
  for (std::size_t panel = 0; panel < args.outputs.panels(); ++panel) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      mse_line(args, panel, rows.begin + i, error_scale, squares.numbers.data() + i * kLanes);
    }
    if (args.dz.data != nullptr) mse_errors(args, panel, rows);
    if (args.dz_transposed.data == nullptr) continue;
    transpose_part(args.dz.line(panel, rows.begin), rows.size(),
                   args.dz_transposed.line(rows.begin / kLanes, panel * kLanes),
                   std::min(kLanes, args.outputs.columns - panel * kLanes));
  }
  if (args.losses == nullptr) return;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Line<T> lanes = load_line<T>(squares.numbers.data() + i * kLanes);
    const T loss = fold_line(lanes, SumLanes()) * loss_scale;
    const T* const weight = args.sample_weights;
    args.losses[rows.begin + i] = weight == nullptr ? loss : loss * weight[rows.begin + i];
  }
}

// y, targets (rows, outputs) -> losses (rows), dz (rows, outputs), dz_transposed (outputs, rows)
template <class T>
void mse(const LossArgs<T>& args) {
  check_transposed_rows(args.dz, args.dz_transposed, args.rows);
  for (std::size_t row = args.rows.begin; row < args.rows.end;) {
    const std::size_t next = std::min(args.rows.end, (row / kLanes + 1) * kLanes);
    mse_group(args, {row, next});
    row = next;
  }
}

template void mse(const LossArgs<float>&);
template void mse(const LossArgs<double>&);

}  // namespace forknet::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

#if HWY_ONCE
#include "math/choose_kernel.h"

namespace forknet::nn {

template <class T>
MseKernel<T> mse_kernel(math::Target target) {
  FORKNET_CHOOSE_KERNEL(target, mse<T>, &mse_reference<T>)
}

template MseKernel<float> mse_kernel<float>(math::Target);
template MseKernel<double> mse_kernel<double>(math::Target);

}  // namespace forknet::nn
#endif
