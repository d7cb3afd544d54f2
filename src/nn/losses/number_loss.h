// What the losses of numbers share: y being n outputs of a row and t its targets,
//   loss of the row = (sum over outputs of l(y, t)) * (1 / n), in 16 lanes and their tree;
//   dz = (e(y, t) * (k / n)) through the activation's backward line;
// both times the row's weight (docs/numerics.md). A loss is its l, added to a lane, its e and k,
// in vectors for its kernel (number_kernel-inl.h) and in plain numbers for its reference
// (number_reference.h).
#pragma once

#include <optional>
#include <string_view>

#include "math/element_kernels.h"
#include "nn/loss.h"

namespace forknet::nn {

// All but hits. `setting`: the loss's own, such as huber's delta; 0 if it has none.
template <class T>
using NumberKernel = void (*)(const LossArgs<T>& args, double setting);

// The kernels of each target; the reference if this build has none for it.
struct NumberKernels {
  NumberKernel<float> (*fp32)(math::Target target) = nullptr;
  NumberKernel<double> (*fp64)(math::Target target) = nullptr;
};

struct NumberLossTraits {
  std::string_view name;
  NumberKernels kernels;
  std::optional<TargetRange> targets = std::nullopt;
  // Of outputs to predictions. The last layer must be linear.
  std::optional<math::Function> link = std::nullopt;
  bool probabilities = false;  // predictions are
  bool of_quantile = false;    // the setting is the quantile that outputs are to meet
  // Mean losses for targets of one unit: of the best constant output, and of outputs that meet
  // every target (none: 0).
  double (*constant_loss)(const UnitTargets& targets, double setting) = nullptr;
  double (*least_loss)(const UnitTargets& targets, double setting) = nullptr;
};

[[nodiscard]] LossPointer number_loss(const NumberLossTraits& traits, double setting = 0.0);

}  // namespace forknet::nn
