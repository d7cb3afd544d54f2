// The vector form of adagrad (adagrad.cc has the rule in words of C++).
#include "math/highway_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/optimizers/adagrad/adagrad_kernels.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if FORKNET_HWY_TARGET_IS_REAL

#include "math/update-inl.h"
#include "nn/optimizers/adagrad/adagrad.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::nn::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
namespace mn = math::HWY_NAMESPACE;

struct AdagradRule {
  static constexpr std::size_t kStates = 1;
  template <class T, class V>
  static HWY_INLINE HWY_ATTR V next(const T* c, V w, V g, V* state) {
    using C = AdagradConstant;
    const mn::LineTag<T> d;
    const V sum = mn::normal_or_zero<T>(hn::MulAdd(g, g, state[0]));
    state[0] = sum;
    const V divisor = hn::Add(hn::Sqrt(sum), hn::Set(d, c[C::kEps]));
    return hn::Sub(w, hn::Div(hn::Mul(hn::Set(d, c[C::kLr]), g), divisor));
  }
};

math::UpdateFunctions adagrad_functions() { return mn::update_functions<AdagradRule>(); }

}  // namespace forknet::nn::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

#if HWY_ONCE
#include "math/by_target.h"
namespace forknet::nn {

math::UpdateFunctions adagrad_functions(math::Target target) {
  FORKNET_RETURN_OF_TARGET(target, adagrad_functions());
  return {};
}

}  // namespace forknet::nn
#endif
