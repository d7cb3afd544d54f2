// The vector form of momentum (momentum.cc has the rule in words of C++).
#include "math/highway_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/optimizers/momentum/momentum_kernels.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if FORKNET_HWY_TARGET_IS_REAL

#include "math/update-inl.h"
#include "nn/optimizers/momentum/momentum.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::nn::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
namespace mn = math::HWY_NAMESPACE;

struct MomentumRule {
  static constexpr std::size_t kStates = 1;
  template <class T, class V>
  static HWY_INLINE HWY_ATTR V next(const T* c, V w, V g, V* state) {
    const mn::LineTag<T> d;
    const V m =
        mn::normal_or_zero<T>(hn::MulAdd(hn::Set(d, c[MomentumConstant::kMomentum]), state[0], g));
    state[0] = m;
    return hn::MulAdd(hn::Set(d, c[MomentumConstant::kMinusLr]), m, w);
  }
};

math::UpdateFunctions momentum_functions() { return mn::update_functions<MomentumRule>(); }

}  // namespace forknet::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

#if HWY_ONCE
#include "math/by_target.h"
namespace forknet::nn {

math::UpdateFunctions momentum_functions(math::Target target) {
  FORKNET_RETURN_OF_TARGET(target, momentum_functions());
  return {};
}

}  // namespace forknet::nn
#endif
