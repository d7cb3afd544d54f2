// The vector form of adamw (adam_step.h has the rule in words of C++).
#include "math/highway_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/optimizers/adamw/adamw_kernels.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if FORKNET_HWY_TARGET_IS_REAL

#include "nn/optimizers/adam_step-inl.h"
#include "nn/optimizers/adamw/adamw.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::nn::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
namespace mn = math::HWY_NAMESPACE;

struct AdamwRule {
  static constexpr std::size_t kStates = 2;
  template <class T, class V>
  static HWY_INLINE HWY_ATTR V next(const T* c, V w, V g, V* state) {
    const V decay = hn::Set(mn::LineTag<T>(), c[AdamConstant::kMinusDecay]);
    return adam_step<T, V>(c, hn::MulAdd(decay, w, w), g, state);
  }
};

math::UpdateFunctions adamw_functions() { return mn::update_functions<AdamwRule>(); }

}  // namespace forknet::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

#if HWY_ONCE
#include "math/by_target.h"
namespace forknet::nn {

math::UpdateFunctions adamw_functions(math::Target target) {
  FORKNET_RETURN_OF_TARGET(target, adamw_functions());
  return {};
}

}  // namespace forknet::nn
#endif
