// The update of one block of weights in a step.
#pragma once

#include <cstddef>

#include "cell/network.h"
#include "math/product_kernels.h"
#include "nn/layer_plan.h"
#include "store/weights.h"

namespace forknet::cell {

// Updates a block of weights and their state, from the current version to the next.
template <class T>
math::WeightUpdate<T> update_of(const nn::BlockPlan& block, store::Weights<T>& weights,
                                const typename Network<T>::Step& step) {
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
  update.rule = block.decays || !step.undecayed ? step.rule : *step.undecayed;
  if (!block.decays) update.rule.decay = 0;
  return update;
}

}  // namespace forknet::cell
