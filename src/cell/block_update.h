// The update of one block of weights in a step.
#pragma once

#include <cstddef>

#include "cell/network.h"
#include "math/product_kernels.h"
#include "nn/layer_plan.h"
#include "store/weights.h"

namespace forknet::cell {

// Updates block `number` of a layer and its state, from the current version to the next. The step
// outlives the update.
template <class T>
math::WeightUpdate<T> update_of(const nn::LayerPlan& layer, std::size_t number,
                                store::Weights<T>& weights, const typename Network<T>::Step& step) {
  const nn::BlockPlan& block = layer.blocks[number];
  const store::Weights<T>& now = weights;
  math::WeightUpdate<T> update;
  update.weights = now.parameters().data() + block.offset;
  update.next = weights.next_parameters().data() + block.offset;
  update.states = weights.moments();
  for (std::size_t k = 0; k < update.states; ++k) {
    update.state[k] = now.moment(k).data() + block.offset;
    update.next_state[k] = weights.next_moment(k).data() + block.offset;
  }
  update.panel_stride = block.panel_stride();
  update.streams = weights.outgrows_caches();
  update.rule = step.rule;
  if (!step.undecayed) return update;
  const math::Range undecayed = layer.undecayed_lines(number, step.decay_scope);
  if (undecayed.size() == block.lines) {
    update.rule = *step.undecayed;
  } else if (undecayed.size() > 0) {
    update.undecayed = &*step.undecayed;
    update.undecayed_lines = undecayed;
  }
  return update;
}

}  // namespace forknet::cell
