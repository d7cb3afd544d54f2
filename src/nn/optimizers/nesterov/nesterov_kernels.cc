// The vector form of nesterov (nesterov.cc has the rule in words of C++).
#include "math/highway_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/optimizers/nesterov/nesterov_kernels.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if FORKNET_HWY_TARGET_IS_REAL

#include "math/update-inl.h"
#include "nn/optimizers/nesterov/nesterov.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::nn::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
namespace mn = math::HWY_NAMESPACE;

struct NesterovRule {
  static constexpr std::size_t kStates = 1;
  template <class T, class V>
  static HWY_INLINE HWY_ATTR V next(const T* c, V w, V g, V* state) {
    using C = NesterovConstant;
    const mn::LineTag<T> d;
    const V momentum = hn::Set(d, c[C::kMomentum]);
    const V m = mn::normal_or_zero<T>(hn::MulAdd(momentum, state[0], g));
    state[0] = m;
    return hn::MulAdd(hn::Set(d, c[C::kMinusLr]), hn::MulAdd(momentum, m, g), w);
  }
};

math::UpdateFunctions nesterov_functions() { return mn::update_functions<NesterovRule>(); }

}  // namespace forknet::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

#if HWY_ONCE
#include "math/by_target.h"
namespace forknet::nn {

math::UpdateFunctions nesterov_functions(math::Target target) {
  FORKNET_RETURN_OF_TARGET(target, nesterov_functions());
  return {};
}

}  // namespace forknet::nn
#endif
