// The loss of Huber: see huber.h.
#include "math/highway_targets.h"
#include "nn/losses/huber/huber.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/losses/huber/kernel.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if FORKNET_HWY_TARGET_IS_REAL

#include "nn/losses/number_kernel-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::nn::HWY_NAMESPACE {

template <class T>
struct Huber {
  static constexpr int kErrorFactor = 1;
  T delta;

  HWY_INLINE void operator()(Vector<T> y, Vector<T> t, Vector<T>& lane, Vector<T>& error) const {
    const Tag<T> d;
    const auto difference = hn::Sub(y, t);
    const auto distance = hn::Abs(difference);
    const auto corner = hn::Set(d, delta);
    const auto far = hn::Gt(distance, corner);
    const auto linear = hn::Mul(corner, hn::Sub(distance, hn::Set(d, T{0.5} * delta)));
    const auto square = hn::Mul(hn::Mul(hn::Set(d, T{0.5}), difference), difference);
    lane = hn::Add(lane, hn::IfThenElse(far, linear, square));
    error = hn::IfThenElse(far, hn::CopySign(corner, difference), difference);
  }
};

template <class T>
void huber_tile(const LossArgs<T>& args, double setting) {
  number_tile(args, Huber<T>{static_cast<T>(setting)});
}

template void huber_tile(const LossArgs<float>&, double);
template void huber_tile(const LossArgs<double>&, double);

}  // namespace forknet::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

#if HWY_ONCE
#include "math/by_target.h"

namespace forknet::nn {

template <class T>
NumberKernel<T> huber_kernel(math::Target target) {
  FORKNET_RETURN_OF_TARGET(target, huber_tile<T>)
  return huber_reference<T>;
}

template NumberKernel<float> huber_kernel<float>(math::Target);
template NumberKernel<double> huber_kernel<double>(math::Target);

}  // namespace forknet::nn
#endif
