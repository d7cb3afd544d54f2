// What both ways of softmax cross-entropy share: labels, losses and hits of 16 rows. Included once
// per target.

#if defined(FORKNET_NN_SOFTMAX_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FORKNET_NN_SOFTMAX_ROWS_INL_H_
#undef FORKNET_NN_SOFTMAX_ROWS_INL_H_
#else
#define FORKNET_NN_SOFTMAX_ROWS_INL_H_
#endif

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "hwy/highway.h"
#include "math/element_blocks-inl.h"
#include "math/element_lines-inl.h"
#include "math/functions-inl.h"
#include "nn/losses/softmax_cross_entropy/softmax_cross_entropy.h"

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

}  // namespace forknet::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // toggle
