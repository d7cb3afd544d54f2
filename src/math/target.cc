#include "math/target.h"

#include <array>

#include "base/check.h"

// The list of Highway's targets must be defined before Highway's headers.
// clang-format off
#include "math/highway_targets.h"
#include "hwy/highway.h"
// clang-format on

namespace forknet::math {
namespace {

// What this CPU and its system offer of what the compiler may use in the kernels of a target.
// Highway's library is not asked: it is not even loaded (cmake/options.cmake).
#if HWY_ARCH_X86
bool has_avx2() {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
         __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}
bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
}
#else
bool has_avx2() { return false; }
bool has_avx512() { return false; }
#endif
bool always() { return true; }

struct TargetEntry {
  Target target;
  std::string_view name;
  bool built;
  bool (*runs_here)();
};

// Slowest first.
constexpr std::array<TargetEntry, 4> kTargets = {{
    {Target::reference, "reference", true, always},
    {Target::neon, "neon", FORKNET_HWY_BUILT(HWY_NEON), always},  // of every 64-bit ARM
    {Target::avx2, "avx2", FORKNET_HWY_BUILT(HWY_AVX2), has_avx2},
    {Target::avx512, "avx512", FORKNET_HWY_BUILT(HWY_AVX3), has_avx512},
}};

std::vector<Target> find_available() {
  std::vector<Target> available;
  for (const TargetEntry& entry : kTargets) {
    if (entry.built && entry.runs_here()) available.push_back(entry.target);
  }
  return available;
}

}  // namespace

std::string_view target_name(Target target) {
  for (const TargetEntry& entry : kTargets) {
    if (entry.target == target) return entry.name;
  }
  FORKNET_CHECK(false && "every target is in the table");
  return {};
}

std::optional<Target> parse_target(std::string_view name) {
  for (const TargetEntry& entry : kTargets) {
    if (entry.name == name) return entry.target;
  }
  return std::nullopt;
}

const std::vector<Target>& available_targets() {
  static const std::vector<Target> available = find_available();
  return available;
}

Target best_target() { return available_targets().back(); }

}  // namespace forknet::math
