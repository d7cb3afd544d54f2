#include "math/element_kernels.h"

#include "math/highway_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/element_kernels.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if FORKNET_HWY_TARGET_IS_REAL

#include "math/element_blocks-inl.h"
#include "math/element_maps-inl.h"
#include "math/element_random-inl.h"
#include "math/element_scale-inl.h"

HWY_BEFORE_NAMESPACE();
namespace forknet::math::HWY_NAMESPACE::elements {

template <class T>
const ElementKernels<T>& kernels() {
  static constexpr ElementKernels<T> kKernels = {
      .map = &map<T>,
      .activation = &activation<T>,
      .activation_backward = &activation_backward<T>,
      .dropout = &dropout<T>,
      .multiply = &multiply<T>,
      .scale_bytes = &scale<std::uint8_t, T>,
      .scale_floats = &scale<float, T>,
      .sum = &sum<T>,
      .normals = &normals<T>,
      .uniforms = &uniforms<T>,
  };
  return kKernels;
}
template const ElementKernels<float>& kernels<float>();
template const ElementKernels<double>& kernels<double>();

}  // namespace forknet::math::HWY_NAMESPACE::elements
HWY_AFTER_NAMESPACE();

#endif

#if HWY_ONCE
namespace forknet::math {

template <class T>
const ElementKernels<T>& element_kernels(Target target) {
  switch (target) {
#if FORKNET_HWY_BUILT(HWY_AVX2)
    case Target::avx2:
      return N_AVX2::elements::kernels<T>();
#endif
#if FORKNET_HWY_BUILT(HWY_AVX3)
    case Target::avx512:
      return N_AVX3::elements::kernels<T>();
#endif
#if FORKNET_HWY_BUILT(HWY_NEON)
    case Target::neon:
      return N_NEON::elements::kernels<T>();
#endif
    default:
      return reference_element_kernels<T>();
  }
}

template const ElementKernels<float>& element_kernels<float>(Target);
template const ElementKernels<double>& element_kernels<double>(Target);

}  // namespace forknet::math
#endif
