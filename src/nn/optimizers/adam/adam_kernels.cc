// The vector form of adam (adam.cc has the rule in words of C++).
#include "math/highway_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/optimizers/adam/adam_kernels.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if FORKNET_HWY_TARGET_IS_REAL

#include "math/update-inl.h"
#include "nn/optimizers/adam/adam.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::nn::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
namespace mn = math::HWY_NAMESPACE;

struct AdamRule {
  static constexpr std::size_t kStates = 2;
  template <class T, class V>
  static HWY_INLINE HWY_ATTR V next(const T* c, V w, V g, V* state) {
    using C = AdamConstant;
    const mn::LineTag<T> d;
    const V m = mn::normal_or_zero<T>(hn::MulAdd(hn::Set(d, c[C::kBeta1]), state[0],
                                                 hn::Mul(hn::Set(d, c[C::kOneMinusBeta1]), g)));
    const V v =
        mn::normal_or_zero<T>(hn::MulAdd(hn::Set(d, c[C::kBeta2]), state[1],
                                         hn::Mul(hn::Mul(hn::Set(d, c[C::kOneMinusBeta2]), g), g)));
    state[0] = m;
    state[1] = v;
    const V divisor =
        hn::Add(hn::Mul(hn::Sqrt(v), hn::Set(d, c[C::kVScale])), hn::Set(d, c[C::kEps]));
    return hn::Sub(w, hn::Div(hn::Mul(hn::Set(d, c[C::kStepSize]), m), divisor));
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
