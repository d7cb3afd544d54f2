// The loss of logarithms of rates: see poisson.h.
#include "math/highway_targets.h"
#include "nn/losses/poisson/poisson.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/losses/poisson/kernel.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if FORKNET_HWY_TARGET_IS_REAL
#include "math/functions-inl.h"
#include "nn/losses/number_kernel-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::nn::HWY_NAMESPACE {

template <class T>
struct Poisson {
  static constexpr int kErrorFactor = 1;

  HWY_INLINE void operator()(Vector<T> y, Vector<T> t, Vector<T>& lane, Vector<T>& error) const {
    const auto rate = math::HWY_NAMESPACE::elements::exp(Tag<T>(), y);
    lane = hn::Add(lane, hn::NegMulAdd(t, y, rate));
    error = hn::Sub(rate, t);
  }
};

template <class T>
void poisson_tile(const LossArgs<T>& args, double /*setting*/) {
  number_tile(args, Poisson<T>{});
}

template void poisson_tile(const LossArgs<float>&, double);
template void poisson_tile(const LossArgs<double>&, double);

}  // namespace forknet::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

#if HWY_ONCE
#include "math/by_target.h"

namespace forknet::nn {

template <class T>
NumberKernel<T> poisson_kernel(math::Target target) {
  FORKNET_RETURN_OF_TARGET(target, poisson_tile<T>)
  return poisson_reference<T>;
}

template NumberKernel<float> poisson_kernel<float>(math::Target);
template NumberKernel<double> poisson_kernel<double>(math::Target);

}  // namespace forknet::nn
#endif
