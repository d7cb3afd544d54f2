// The vector form of lion (lion.cc has the rule in words of C++).
#include "math/highway_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/optimizers/lion/lion_kernels.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if FORKNET_HWY_TARGET_IS_REAL

#include "math/update-inl.h"
#include "nn/optimizers/lion/lion.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::nn::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
namespace mn = math::HWY_NAMESPACE;

struct LionRule {
  static constexpr std::size_t kStates = 1;
  template <class T, class V>
  static HWY_INLINE HWY_ATTR V next(const T* c, V w, V g, V* state) {
    using C = LionConstant;
    const mn::LineTag<T> d;
    const V direction = hn::MulAdd(hn::Set(d, c[C::kBeta1]), state[0],
                                   hn::Mul(hn::Set(d, c[C::kOneMinusBeta1]), g));
    state[0] = mn::normal_or_zero<T>(hn::MulAdd(hn::Set(d, c[C::kBeta2]), state[0],
                                                hn::Mul(hn::Set(d, c[C::kOneMinusBeta2]), g)));
    const V zero = hn::Zero(d);
    const V lr = hn::Set(d, c[C::kLr]);
    const V down = hn::IfThenElse(hn::Lt(direction, zero), hn::Neg(lr), direction);
    const V step = hn::IfThenElse(hn::Gt(direction, zero), lr, down);
    return hn::Sub(hn::MulAdd(hn::Set(d, c[C::kMinusDecay]), w, w), step);
  }
};

math::UpdateFunctions lion_functions() { return mn::update_functions<LionRule>(); }

}  // namespace forknet::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

#if HWY_ONCE
#include "math/by_target.h"
namespace forknet::nn {

math::UpdateFunctions lion_functions(math::Target target) {
  FORKNET_RETURN_OF_TARGET(target, lion_functions());
  return {};
}

}  // namespace forknet::nn
#endif
