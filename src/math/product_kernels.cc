#include "math/product_kernels.h"

#include "math/highway_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/product_kernels.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

// Targets without fused multiply-add have no kernels of their own: the reference is used.
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON

#include "math/gradient-inl.h"
#include "math/product-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::math::HWY_NAMESPACE {

template <class T>
const ProductKernels<T>& products() {
  static constexpr ProductKernels<T> kKernels = {&product<T>, &gradient<T>, &update<T>};
  return kKernels;
}
template const ProductKernels<float>& products<float>();
template const ProductKernels<double>& products<double>();

}  // namespace forknet::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

#if HWY_ONCE
namespace forknet::math {

template <class T>
const ProductKernels<T>& product_kernels(Target target) {
  switch (target) {
#if HWY_TARGETS & HWY_AVX2
    case Target::avx2:
      return N_AVX2::products<T>();
#endif
#if HWY_TARGETS & HWY_AVX3
    case Target::avx512:
      return N_AVX3::products<T>();
#endif
#if HWY_TARGETS & HWY_NEON
    case Target::neon:
      return N_NEON::products<T>();
#endif
    default:
      return reference_product_kernels<T>();
  }
}

template const ProductKernels<float>& product_kernels<float>(Target);
template const ProductKernels<double>& product_kernels<double>(Target);

}  // namespace forknet::math
#endif
