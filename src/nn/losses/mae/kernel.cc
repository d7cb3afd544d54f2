// Mean absolute error: see mae.h.
#include "math/highway_targets.h"
#include "nn/losses/mae/mae.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/losses/mae/kernel.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if FORKNET_HWY_TARGET_IS_REAL

#include "nn/losses/number_kernel-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::nn::HWY_NAMESPACE {

template <class T>
struct AbsoluteError {
  static constexpr int kErrorFactor = 1;

  HWY_INLINE void operator()(Vector<T> y, Vector<T> t, Vector<T>& lane, Vector<T>& error) const {
    const Tag<T> d;
    const auto difference = hn::Sub(y, t);
    const auto zero = hn::Zero(d);
    lane = hn::Add(lane, hn::Abs(difference));
    error = hn::IfThenElse(hn::Lt(difference, zero), hn::Set(d, T{-1}), difference);
    error = hn::IfThenElse(hn::Gt(difference, zero), hn::Set(d, T{1}), error);
  }
};

template <class T>
void mae_tile(const LossArgs<T>& args, double /*setting*/) {
  number_tile(args, AbsoluteError<T>{});
}

template void mae_tile(const LossArgs<float>&, double);
template void mae_tile(const LossArgs<double>&, double);

}  // namespace forknet::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

#if HWY_ONCE
#include "math/by_target.h"

namespace forknet::nn {

template <class T>
NumberKernel<T> mae_kernel(math::Target target) {
  FORKNET_RETURN_OF_TARGET(target, mae_tile<T>)
  return mae_reference<T>;
}

template NumberKernel<float> mae_kernel<float>(math::Target);
template NumberKernel<double> mae_kernel<double>(math::Target);

}  // namespace forknet::nn
#endif
