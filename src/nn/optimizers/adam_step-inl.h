// The vector form of adam_step(). Included once per target by the kernels of adam and adamw.

#if defined(FORKNET_NN_ADAM_STEP_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FORKNET_NN_ADAM_STEP_INL_H_
#undef FORKNET_NN_ADAM_STEP_INL_H_
#else
#define FORKNET_NN_ADAM_STEP_INL_H_
#endif

#include "math/update-inl.h"
#include "nn/optimizers/adam_step.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::nn::HWY_NAMESPACE {

template <class T, class V>
HWY_INLINE HWY_ATTR V adam_step(const T* c, V w, V g, V* state) {
  namespace hn = hwy::HWY_NAMESPACE;
  namespace mn = math::HWY_NAMESPACE;
  using C = AdamConstant;
  const mn::LineTag<T> d;
  const V m = mn::normal_or_zero<T>(
      hn::MulAdd(hn::Set(d, c[C::kBeta1]), state[0], hn::Mul(hn::Set(d, c[C::kOneMinusBeta1]), g)));
  const V v =
      mn::normal_or_zero<T>(hn::MulAdd(hn::Set(d, c[C::kBeta2]), state[1],
                                       hn::Mul(hn::Mul(hn::Set(d, c[C::kOneMinusBeta2]), g), g)));
  state[0] = m;
  state[1] = v;
  const V divisor =
      hn::Add(hn::Mul(hn::Sqrt(v), hn::Set(d, c[C::kVScale])), hn::Set(d, c[C::kEps]));
  return hn::Sub(w, hn::Div(hn::Mul(hn::Set(d, c[C::kStepSize]), m), divisor));
}

}  // namespace forknet::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // toggle
