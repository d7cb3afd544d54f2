// Limits how far the cells of a grid may run ahead, and waits for a step or a rest: the Supervisor
// takes no part in a step, it allows steps and observes. Knows no weights: the caller's at_rest
// does the work at a rest.
#pragma once

#include <forknet/result.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>

#include "base/try.h"
#include "state/coordinator.h"

namespace forknet::run {

class RunAhead {
 public:
  // wait: blocks until an event is possible and tends the cells meanwhile. at_rest: called at least
  // once per rest, before any cell works again. The coordinator outlives this object.
  RunAhead(Coordinator& coordinator, std::function<Status()> wait, std::function<Status()> at_rest)
      : coordinator_(coordinator), wait_(std::move(wait)), at_rest_(std::move(at_rest)) {}

  // Allows all steps before `goal`.
  void may_run_to(std::uint64_t goal) { goal_ = goal; }

  // Blocks until `step`, the next one, is committed. The figures of a step are kept as long as the
  // cells are not far ahead.
  [[nodiscard]] Status reach(std::uint64_t step) {
    coordinator_.may_run_to(std::min(goal_, step + kFigures));
    while (coordinator_.committed() <= step) {
      FORKNET_TRY(go_on());  // they may have come to rest just before the goal was raised
      FORKNET_TRY(wait_());
    }
    return coordinator_.resting() ? at_rest_() : Status();
  }

  // Begins no further step and blocks until all cells rest.
  [[nodiscard]] Status settle() {
    goal_ = 0;
    coordinator_.may_run_to(0);
    while (!coordinator_.resting()) FORKNET_TRY(wait_());
    return at_rest_();
  }

 private:
  [[nodiscard]] Status go_on() {
    if (!coordinator_.resting()) return {};
    FORKNET_TRY(at_rest_());
    coordinator_.go_on();
    return {};
  }

  Coordinator& coordinator_;
  const std::function<Status()> wait_;
  const std::function<Status()> at_rest_;
  std::uint64_t goal_ = 0;
};

}  // namespace forknet::run
