// How far the cells of a grid may go, and the waits of who wants a step or a rest: the Supervisor
// takes no part in a step, it allows steps and looks. Knows no weights: what is to be done when all
// rest is the owner's.
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
  // wait: until something may have happened; cells are looked after meanwhile. at_rest: once a rest
  // at least, before anybody works again. The coordinator outlives it.
  RunAhead(Coordinator& coordinator, std::function<Status()> wait, std::function<Status()> at_rest)
      : coordinator_(coordinator), wait_(std::move(wait)), at_rest_(std::move(at_rest)) {}

  // The steps before it may be done without asking.
  void may_run_to(std::uint64_t goal) { goal_ = goal; }

  // Until that step, the next one, is committed; the figures of a step are kept for as long as the
  // cells are not far ahead.
  [[nodiscard]] Status reach(std::uint64_t step) {
    coordinator_.may_run_to(std::min(goal_, step + kFigures));
    while (coordinator_.committed() <= step) {
      FORKNET_TRY(go_on());  // they may have come to rest just before they were allowed more
      FORKNET_TRY(wait_());
    }
    return coordinator_.resting() ? at_rest_() : Status();
  }

  // No further step is begun, and all rest.
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
