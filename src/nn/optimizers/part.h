// An optimizer within forknet: what include/forknet/optimizer.h declares, and vector kernels for
// those that have them.
#pragma once

#include <forknet/optimizer.h>

#include <memory>

#include "math/product_kernels.h"
#include "math/target.h"

namespace forknet::nn {

static_assert(kMostOptimizerStates == math::kMostStates);
static_assert(kMostOptimizerConstants == math::kMostConstants);

struct OptimizerPart {
  std::unique_ptr<const OptimizerKind> kind;
  // The vector kernels of a target, with the bits of the kind's own rule; null functions: the
  // target has none. Null: the kind's own rule serves every target.
  math::UpdateFunctions (*functions)(math::Target) = nullptr;
};

// The functions that call the kind's own rule (UpdateRule::part is the OptimizerKind): scaling,
// weight decay, denormal state and counted bits as in the vector kernels.
[[nodiscard]] math::UpdateFunctions kind_functions();

// The functions of a part on a target.
[[nodiscard]] inline math::UpdateFunctions functions_of(const OptimizerPart& part,
                                                        math::Target target) {
  const math::UpdateFunctions own =
      part.functions != nullptr ? part.functions(target) : math::UpdateFunctions{};
  return own.f32 != nullptr ? own : kind_functions();
}

}  // namespace forknet::nn
