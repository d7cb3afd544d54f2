#include "cell/schedule.h"

#include <algorithm>

namespace forknet::cell {
namespace {

// The number of forward microbatches before the first backward one.
std::size_t ahead_of(Schedule schedule, std::size_t above, std::size_t microbatches) {
  switch (schedule) {
    case Schedule::one_f_one_b:
      return std::min(above, microbatches);
    case Schedule::gpipe:
      return microbatches;
    case Schedule::zero_bubble:
      return above == 0 ? 0 : std::min(2 * above + 1, microbatches);
  }
  return 0;
}

}  // namespace

std::vector<Action> plan_actions(Schedule schedule, std::size_t stage, std::size_t stages,
                                 std::size_t microbatches) {
  using Kind = Action::Kind;
  const std::size_t ahead = ahead_of(schedule, stages - 1 - stage, microbatches);
  // After all forward microbatches and at least half of the backward ones.
  const bool begins_early = schedule == Schedule::zero_bubble && stage == 0 && stages > 1;
  const std::size_t middle = std::max((microbatches + 1) / 2, microbatches - ahead);
  std::vector<Action> actions;
  const auto backward = [&](std::size_t i) {
    actions.push_back({Kind::backward, i});
    if (begins_early && i + 1 == middle && middle < microbatches) {
      actions.push_back({Kind::weights, i});
    }
  };
  for (std::size_t i = 0; i < ahead; ++i) actions.push_back({Kind::forward, i});
  for (std::size_t i = ahead; i < microbatches; ++i) {
    actions.push_back({Kind::forward, i});
    backward(i - ahead);
  }
  for (std::size_t i = microbatches - ahead; i < microbatches; ++i) backward(i);
  return actions;
}

}  // namespace forknet::cell
