// Mean squared error: see mse.h.
#include "math/highway_targets.h"
#include "nn/losses/mse/mse.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/losses/mse/kernel.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if FORKNET_HWY_TARGET_IS_REAL

#include "nn/losses/number_kernel-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::nn::HWY_NAMESPACE {

template <class T>
struct SquaredError {
  static constexpr int kErrorFactor = 2;

  HWY_INLINE void operator()(Vector<T> y, Vector<T> t, Vector<T>& lane, Vector<T>& error) const {
    error = hn::Sub(y, t);
    lane = hn::MulAdd(error, error, lane);
  }
};

template <class T>
void mse(const LossArgs<T>& args) {
  number_tile(args, SquaredError<T>{});
}

template void mse(const LossArgs<float>&);
template void mse(const LossArgs<double>&);

}  // namespace forknet::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

#if HWY_ONCE
#include "math/by_target.h"

namespace forknet::nn {

template <class T>
MseKernel<T> mse_kernel(math::Target target) {
  FORKNET_RETURN_OF_TARGET(target, mse<T>)
  return mse_reference<T>;
}

template MseKernel<float> mse_kernel<float>(math::Target);
template MseKernel<double> mse_kernel<double>(math::Target);

}  // namespace forknet::nn
#endif
