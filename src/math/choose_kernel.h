// FORKNET_CHOOSE_KERNEL(target, name, plain): ends a function with `return` of the kernel `name` as
// compiled for that target ("kernels::mse<T>" of namespace N_AVX2), or of `plain` if this build has
// none for it. For files that are compiled once per target, within HWY_ONCE.
#pragma once

#include "math/target.h"

#if FORKNET_HWY_BUILT(HWY_AVX2)
#define FORKNET_KERNEL_OF_AVX2(...)   \
  case ::forknet::math::Target::avx2: \
    return &N_AVX2::__VA_ARGS__;
#else
#define FORKNET_KERNEL_OF_AVX2(...)
#endif

#if FORKNET_HWY_BUILT(HWY_AVX3)
#define FORKNET_KERNEL_OF_AVX512(...)   \
  case ::forknet::math::Target::avx512: \
    return &N_AVX3::__VA_ARGS__;
#else
#define FORKNET_KERNEL_OF_AVX512(...)
#endif

#if FORKNET_HWY_BUILT(HWY_NEON)
#define FORKNET_KERNEL_OF_NEON(...)   \
  case ::forknet::math::Target::neon: \
    return &N_NEON::__VA_ARGS__;
#else
#define FORKNET_KERNEL_OF_NEON(...)
#endif

#define FORKNET_CHOOSE_KERNEL(target, name, plain) \
  switch (target) {                                \
    FORKNET_KERNEL_OF_AVX2(name)                   \
    FORKNET_KERNEL_OF_AVX512(name)                 \
    FORKNET_KERNEL_OF_NEON(name)                   \
    default:                                       \
      return plain;                                \
  }
