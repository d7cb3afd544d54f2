// The order in which a stage takes the microbatches of a step. Pure: planning is apart from doing
// and is tested without a process. In every schedule the errors of a stage return in the order in
// which its activations were sent.
//   gpipe: all forward, then all backward (Huang et al. 2019).
//   1f1b:  as many forward as there are stages above, then one backward after each forward, so that
//          no stage holds more microbatches than stages follow it (Narayanan et al. 2019).
//   zero-bubble: twice as many ahead plus one, so that no stage above waits for this one. The first
//          stage, whose errors no stage needs, computes the weight gradients of the microbatches
//          that are back by the middle of the batch before it waits for the rest (after Qi et al.
//          2023).
#pragma once

#include <forknet/config.h>

#include <cstddef>
#include <vector>

namespace forknet::cell {

struct Action {
  enum class Kind { forward, backward, weights } kind = Kind::forward;
  std::size_t microbatch = 0;  // weights: of this one and all earlier ones
  bool operator==(const Action&) const = default;
};

// The actions of stage `stage` of `stages` for this many microbatches.
[[nodiscard]] std::vector<Action> plan_actions(Schedule schedule, std::size_t stage,
                                               std::size_t stages, std::size_t microbatches);

}  // namespace forknet::cell
