// Chooses the kernels of a target in a file that Highway compiles once per target. Included in its
// HWY_ONCE part, after Highway's headers:
//
//   math::UpdateFunctions adam_functions(math::Target target) {
//     FORKNET_RETURN_OF_TARGET(target, adam_functions());  // N_AVX2::adam_functions(), ...
//     return {};                                           // the target is not built
//   }
#pragma once

#include "math/target.h"

#if HWY_TARGETS & HWY_AVX2
#define FORKNET_CASE_OF_AVX2(call)  \
  case forknet::math::Target::avx2: \
    return N_AVX2::call;
#else
#define FORKNET_CASE_OF_AVX2(call)
#endif
#if HWY_TARGETS & HWY_AVX3
#define FORKNET_CASE_OF_AVX512(call)  \
  case forknet::math::Target::avx512: \
    return N_AVX3::call;
#else
#define FORKNET_CASE_OF_AVX512(call)
#endif
#if HWY_TARGETS & HWY_NEON
#define FORKNET_CASE_OF_NEON(call)  \
  case forknet::math::Target::neon: \
    return N_NEON::call;
#else
#define FORKNET_CASE_OF_NEON(call)
#endif

#define FORKNET_RETURN_OF_TARGET(target, call) \
  switch (target) {                            \
    FORKNET_CASE_OF_AVX2(call)                 \
    FORKNET_CASE_OF_AVX512(call)               \
    FORKNET_CASE_OF_NEON(call)                 \
    default:                                   \
      break;                                   \
  }
