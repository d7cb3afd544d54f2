// The way back through the activation that a layer ends with, for Layer::take_errors().
#pragma once

#include "math/element_kernels.h"
#include "nn/layer.h"

namespace forknet::nn {

// For ElementKernels::activation_backward: the derivatives by the outputs, in step.transposed,
// become those by what the activation was applied to, in step.errors.
template <class T>
[[nodiscard]] math::ActivationBackwardArgs<T> activation_errors(const LayerPlan& plan,
                                                                const LayerStep<T>& step,
                                                                math::PanelView<const T> factors,
                                                                const Tile& tile) {
  math::ActivationBackwardArgs<T> back;
  back.activation = plan.activation;
  back.dx = step.transposed.as_const();
  back.y = step.outputs.as_const();
  back.sums = step.buffers[0].as_const();
  back.factors = factors;
  back.dz = step.errors;
  back.rows = tile.rows;
  back.panels = tile.panels;
  return back;
}

}  // namespace forknet::nn
