#include "cell/schedule.h"

#include <algorithm>

namespace forknet::cell {

std::vector<Action> plan_actions(Schedule schedule, std::size_t stage, std::size_t stages,
                                 std::size_t microbatches) {
  const std::size_t above = stages - 1 - stage;
  const std::size_t ahead =
      schedule == Schedule::gpipe ? microbatches : std::min(above, microbatches);
  std::vector<Action> actions;
  for (std::size_t i = 0; i < ahead; ++i) actions.push_back({Action::Kind::forward, i});
  for (std::size_t i = ahead; i < microbatches; ++i) {
    actions.push_back({Action::Kind::forward, i});
    actions.push_back({Action::Kind::backward, i - ahead});
  }
  for (std::size_t i = microbatches - ahead; i < microbatches; ++i) {
    actions.push_back({Action::Kind::backward, i});
  }
  return actions;
}

}  // namespace forknet::cell
