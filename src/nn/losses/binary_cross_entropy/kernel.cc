// Binary cross-entropy: see binary_cross_entropy.h.
#include "math/highway_targets.h"
#include "nn/losses/binary_cross_entropy/binary_cross_entropy.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/losses/binary_cross_entropy/kernel.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if FORKNET_HWY_TARGET_IS_REAL
#include "math/functions-inl.h"
#include "nn/losses/number_kernel-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::nn::HWY_NAMESPACE {

template <class T>
struct BinaryCrossEntropy {
  static constexpr int kErrorFactor = 1;

  HWY_INLINE void operator()(Vector<T> y, Vector<T> t, Vector<T>& lane, Vector<T>& error) const {
    const Tag<T> d;
    const auto positive = hn::IfThenElseZero(hn::Gt(y, hn::Zero(d)), y);
    const auto power = math::HWY_NAMESPACE::elements::exp(d, hn::Neg(hn::Abs(y)));
    const auto rest = math::HWY_NAMESPACE::elements::log1p(d, power);
    lane = hn::Add(lane, hn::Add(hn::NegMulAdd(t, y, positive), rest));
    error = hn::Sub(math::HWY_NAMESPACE::elements::sigmoid(d, y), t);
  }
};

template <class T>
void binary_cross_entropy_tile(const LossArgs<T>& args, double /*setting*/) {
  number_tile(args, BinaryCrossEntropy<T>{});
}

template void binary_cross_entropy_tile(const LossArgs<float>&, double);
template void binary_cross_entropy_tile(const LossArgs<double>&, double);

}  // namespace forknet::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

#if HWY_ONCE
#include "math/by_target.h"

namespace forknet::nn {

template <class T>
NumberKernel<T> binary_cross_entropy_kernel(math::Target target) {
  FORKNET_RETURN_OF_TARGET(target, binary_cross_entropy_tile<T>)
  return binary_cross_entropy_reference<T>;
}

template NumberKernel<float> binary_cross_entropy_kernel<float>(math::Target);
template NumberKernel<double> binary_cross_entropy_kernel<double>(math::Target);

}  // namespace forknet::nn
#endif
