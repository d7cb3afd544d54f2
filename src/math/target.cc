#include "math/target.h"

#include <array>
#include <cstdint>

#include "base/check.h"

// The list of Highway's targets must be defined before Highway's headers.
// clang-format off
#include "math/highway_targets.h"
#include "hwy/highway.h"
// clang-format on

namespace forknet::math {
namespace {

struct TargetEntry {
  Target target;
  std::string_view name;
  std::int64_t bit;  // Highway's bit; 0 for the reference, which runs everywhere
};

// Slowest first.
constexpr std::array<TargetEntry, 4> kTargets = {{
    {Target::reference, "reference", 0},
    {Target::neon, "neon", HWY_NEON},
    {Target::avx2, "avx2", HWY_AVX2},
    {Target::avx512, "avx512", HWY_AVX3},
}};

std::vector<Target> find_available() {
  const std::int64_t usable = std::int64_t{HWY_SUPPORTED_TARGETS} & std::int64_t{HWY_TARGETS};
  std::vector<Target> available;
  for (const TargetEntry& entry : kTargets) {
    if (entry.bit == 0 || (usable & entry.bit) != 0) available.push_back(entry.target);
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
