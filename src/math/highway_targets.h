// The targets of Highway that forknet compiles: those whose MulAdd is one fused operation, as
// docs/numerics.md requires: AVX2 (with FMA), AVX-512 ("AVX3") and NEON. On any other CPU the
// plain-loop reference gives the same bits. Include this before any header of Highway.
//
// If the compiler's baseline is none of these, Highway adds its scalar target to the list; files
// compiled once per target leave it empty (`#if FORKNET_HWY_TARGET_IS_REAL`).
#pragma once

#ifdef HIGHWAY_HWY_DETECT_TARGETS_H_
#error "math/highway_targets.h must come before Highway's headers"
#endif

// Targets that a build does without, to be compiled sooner: -DFORKNET_WITHOUT_TARGETS=HWY_AVX3.
#ifndef FORKNET_WITHOUT_TARGETS
#define FORKNET_WITHOUT_TARGETS 0
#endif

// The bits of Highway 1.0's target list; macros, so that they are read when Highway defines them.
#define HWY_DISABLED_TARGETS                                                              \
  (HWY_AVX3_DL | HWY_SSE4 | HWY_SSSE3 | HWY_SVE2_128 | HWY_SVE_256 | HWY_SVE2 | HWY_SVE | \
   HWY_RVV | HWY_PPC8 | HWY_WASM_EMU256 | HWY_WASM | FORKNET_WITHOUT_TARGETS)

// forknet uses no cryptography: do not require AES.
#define HWY_DISABLE_PCLMUL_AES 1

#define FORKNET_HWY_REAL_TARGETS (HWY_AVX2 | HWY_AVX3 | HWY_NEON)

// True while Highway compiles a target that has fused multiply-add (follows HWY_TARGET).
#define FORKNET_HWY_TARGET_IS_REAL ((HWY_TARGET & FORKNET_HWY_REAL_TARGETS) != 0)

// True when this build contains that target: FORKNET_HWY_BUILT(HWY_AVX2).
#define FORKNET_HWY_BUILT(target) ((HWY_TARGETS & (target)) != 0)
