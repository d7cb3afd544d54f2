// In which order a stage takes the microbatches of a step. Pure: planned apart from doing, tested
// without a process. A stage's errors come back in the order in which its activations went out, in
// every schedule.
//   gpipe: all forward, then all backward (Huang et al. 2019).
//   1f1b:  as many forward as there are stages above, then one backward after each forward, so that
//          no stage holds more microbatches than stages follow it (Narayanan et al. 2019).
//   zero-bubble: twice as many ahead and one more, so that no stage above ever waits for this one;
//   and
//          the first stage, whose errors nobody waits for, takes the weight gradients of what has
//          come back by the middle of the batch before it waits for the rest (after Qi et al.
//          2023).
#pragma once

#include <forknet/config.h>

#include <cstddef>
#include <vector>

namespace forknet::cell {

struct Action {
  enum class Kind { forward, backward, weights } kind = Kind::forward;
  std::size_t microbatch = 0;  // weights: of this one and all before it
  bool operator==(const Action&) const = default;
};

// What stage `stage` of `stages` does with so many microbatches.
[[nodiscard]] std::vector<Action> plan_actions(Schedule schedule, std::size_t stage,
                                               std::size_t stages, std::size_t microbatches);

}  // namespace forknet::cell
