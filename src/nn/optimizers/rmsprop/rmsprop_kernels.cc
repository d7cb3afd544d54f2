// The vector form of rmsprop (rmsprop.cc has the rule in words of C++).
#include "math/highway_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/optimizers/rmsprop/rmsprop_kernels.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if FORKNET_HWY_TARGET_IS_REAL

#include "math/update-inl.h"
#include "nn/optimizers/rmsprop/rmsprop.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::nn::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
namespace mn = math::HWY_NAMESPACE;

struct RmspropRule {
  static constexpr std::size_t kStates = 1;
  template <class T, class V>
  static HWY_INLINE HWY_ATTR V next(const T* c, V w, V g, V* state) {
    using C = RmspropConstant;
    const mn::LineTag<T> d;
    const V v =
        mn::normal_or_zero<T>(hn::MulAdd(hn::Set(d, c[C::kAlpha]), state[0],
                                         hn::Mul(hn::Mul(hn::Set(d, c[C::kOneMinusAlpha]), g), g)));
    state[0] = v;
    const V divisor = hn::Add(hn::Sqrt(v), hn::Set(d, c[C::kEps]));
    return hn::Sub(w, hn::Div(hn::Mul(hn::Set(d, c[C::kLr]), g), divisor));
  }
};

math::UpdateFunctions rmsprop_functions() { return mn::update_functions<RmspropRule>(); }

}  // namespace forknet::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

#if HWY_ONCE
#include "math/by_target.h"
namespace forknet::nn {

math::UpdateFunctions rmsprop_functions(math::Target target) {
  FORKNET_RETURN_OF_TARGET(target, rmsprop_functions());
  return {};
}

}  // namespace forknet::nn
#endif
