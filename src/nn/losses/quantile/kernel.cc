// The quantile loss: see quantile.h.
#include "math/highway_targets.h"
#include "nn/losses/quantile/quantile.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/losses/quantile/kernel.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if FORKNET_HWY_TARGET_IS_REAL

#include "nn/losses/number_kernel-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::nn::HWY_NAMESPACE {

template <class T>
struct Quantile {
  static constexpr int kErrorFactor = 1;
  T below;  // -q, where the output lies below the target
  T above;  // 1 - q

  HWY_INLINE void operator()(Vector<T> y, Vector<T> t, Vector<T>& lane, Vector<T>& error) const {
    const Tag<T> d;
    const auto zero = hn::Zero(d);
    const auto difference = hn::Sub(y, t);
    const auto higher = hn::Gt(difference, zero);
    const auto slope = hn::IfThenElse(higher, hn::Set(d, above), hn::Set(d, below));
    lane = hn::Add(lane, hn::Mul(slope, difference));
    error = hn::IfThenElse(hn::Or(higher, hn::Lt(difference, zero)), slope, difference);
  }
};

template <class T>
void quantile_tile(const LossArgs<T>& args, double setting) {
  number_tile(args, Quantile<T>{static_cast<T>(-setting), static_cast<T>(1 - setting)});
}

template void quantile_tile(const LossArgs<float>&, double);
template void quantile_tile(const LossArgs<double>&, double);

}  // namespace forknet::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

#if HWY_ONCE
#include "math/by_target.h"

namespace forknet::nn {

template <class T>
NumberKernel<T> quantile_kernel(math::Target target) {
  FORKNET_RETURN_OF_TARGET(target, quantile_tile<T>)
  return quantile_reference<T>;
}

template NumberKernel<float> quantile_kernel<float>(math::Target);
template NumberKernel<double> quantile_kernel<double>(math::Target);

}  // namespace forknet::nn
#endif
