// The vector form of sgd (sgd.cc has the rule in words of C++).
#include "math/highway_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/optimizers/sgd/sgd_kernels.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if FORKNET_HWY_TARGET_IS_REAL

#include "math/update-inl.h"
#include "nn/optimizers/sgd/sgd.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::nn::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
namespace mn = math::HWY_NAMESPACE;

struct SgdRule {
  static constexpr std::size_t kStates = 0;
  template <class T, class V>
  static HWY_INLINE HWY_ATTR V next(const T* c, V w, V g, V* /*state*/) {
    return hn::MulAdd(hn::Set(mn::LineTag<T>(), c[SgdConstant::kMinusLr]), g, w);
  }
};

math::UpdateFunctions sgd_functions() { return mn::update_functions<SgdRule>(); }

}  // namespace forknet::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

#if HWY_ONCE
#include "math/by_target.h"
namespace forknet::nn {

math::UpdateFunctions sgd_functions(math::Target target) {
  FORKNET_RETURN_OF_TARGET(target, sgd_functions());
  return {};
}

}  // namespace forknet::nn
#endif
