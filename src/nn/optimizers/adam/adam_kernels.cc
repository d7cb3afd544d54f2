// The vector form of adam (adam_step.h has the rule in words of C++).
#include "math/highway_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/optimizers/adam/adam_kernels.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if FORKNET_HWY_TARGET_IS_REAL

#include "nn/optimizers/adam/adam.h"
#include "nn/optimizers/adam_step-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::nn::HWY_NAMESPACE {

namespace mn = math::HWY_NAMESPACE;

struct AdamRule {
  static constexpr std::size_t kStates = 2;
  template <class T, class V>
  static HWY_INLINE HWY_ATTR V next(const T* c, V w, V g, V* state) {
    return adam_step<T, V>(c, w, g, state);
  }
};

math::UpdateFunctions adam_functions() { return mn::update_functions<AdamRule>(); }

}  // namespace forknet::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

#if HWY_ONCE
#include "math/by_target.h"
namespace forknet::nn {

math::UpdateFunctions adam_functions(math::Target target) {
  FORKNET_RETURN_OF_TARGET(target, adam_functions());
  return {};
}

}  // namespace forknet::nn
#endif
