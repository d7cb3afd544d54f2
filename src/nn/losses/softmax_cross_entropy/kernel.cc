// Softmax cross-entropy, 16 rows at a time. Up to 16 classes are transposed first, so that lanes
// are rows and no lanes are folded; more classes go panel by panel.
#include <algorithm>
#include <cstddef>

#include "base/check.h"
#include "math/highway_targets.h"
#include "nn/losses/softmax_cross_entropy/softmax_cross_entropy.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/losses/softmax_cross_entropy/kernel.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if FORKNET_HWY_TARGET_IS_REAL

#include "nn/losses/softmax_cross_entropy/narrow-inl.h"
#include "nn/losses/softmax_cross_entropy/wide-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::nn::HWY_NAMESPACE {

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
