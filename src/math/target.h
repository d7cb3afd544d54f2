// The instruction set of the kernels. Every target gives the same bits; only speed differs.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace forknet::math {

enum class Target { reference, avx2, avx512, neon };

[[nodiscard]] std::string_view target_name(Target target);  // "reference", "avx2", ...
[[nodiscard]] std::optional<Target> parse_target(std::string_view name);

// The targets that this build has and this CPU can run: the reference first, the fastest last.
[[nodiscard]] const std::vector<Target>& available_targets();
[[nodiscard]] Target best_target();

}  // namespace forknet::math
