#include "math/fma_peak.h"

#include <algorithm>

#include "base/clock.h"
#include "math/highway_targets.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/fma_peak.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON
HWY_BEFORE_NAMESPACE();
namespace forknet::math::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Twelve chains hide the latency on every core that forknet knows. Returns their sum, so that the
// compiler cannot drop the work; `operations` is the number of operations done.
HWY_ATTR float fma_loop(std::size_t rounds, std::size_t* operations) {
  constexpr std::size_t kChains = 12;
  const hn::CappedTag<float, 16> d;
  hn::Vec<decltype(d)> chain[kChains];
  for (auto& value : chain) value = hn::Set(d, 1.0F);
  const auto factor = hn::Set(d, 0.999F);
  const auto addend = hn::Set(d, 0.001F);
  for (std::size_t round = 0; round < rounds; ++round) {
    HWY_UNROLL(12)
    for (auto& value : chain) value = hn::MulAdd(value, factor, addend);
  }
  *operations = 2 * kChains * hn::Lanes(d) * rounds;
  auto total = hn::Zero(d);
  for (const auto& value : chain) total = hn::Add(total, value);
  return hn::GetLane(total);
}

}  // namespace forknet::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif

#if HWY_ONCE
namespace forknet::math {
namespace {

using Loop = float (*)(std::size_t, std::size_t*);

Loop loop_of(Target target) {
  switch (target) {
#if HWY_TARGETS & HWY_AVX2
    case Target::avx2:
      return &N_AVX2::fma_loop;
#endif
#if HWY_TARGETS & HWY_AVX3
    case Target::avx512:
      return &N_AVX3::fma_loop;
#endif
#if HWY_TARGETS & HWY_NEON
    case Target::neon:
      return &N_NEON::fma_loop;
#endif
    default:
      return nullptr;
  }
}

}  // namespace

double measure_fma_peak(Target target) {
  constexpr int kRuns = 7;
  constexpr std::size_t kRounds = 1'000'000;
  const Loop loop = loop_of(target);
  if (loop == nullptr) return 0;
  double best = 0;
  volatile float sink = 0;
  for (int run = 0; run < kRuns; ++run) {
    std::size_t operations = 0;
    const std::int64_t begun = monotonic_ns();
    sink = loop(kRounds, &operations);
    const double seconds = seconds_between(begun, monotonic_ns());
    best = std::max(best, static_cast<double>(operations) / seconds * 1e-9);
  }
  (void)sink;
  return best;
}

}  // namespace forknet::math
#endif
