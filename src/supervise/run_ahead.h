// How far the cells of a grid may go, and the waits of who wants a step or a rest: the Supervisor
// takes no part in a step, it allows steps and looks. Knows no weights: what is to be done when all
// rest is the owner's.
#pragma once

#include <forknet/result.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>

#include "state/control.h"

namespace forknet::run {

class RunAhead {
 public:
  // wait: until something may have happened; cells are looked after meanwhile. at_rest: once a rest
  // at least, before anybody works again. Control outlives it.
  RunAhead(Control& control, std::function<Status()> wait, std::function<Status()> at_rest)
      : control_(control), wait_(std::move(wait)), at_rest_(std::move(at_rest)) {}

  // The steps before it may be done without asking.
  void may_run_to(std::uint64_t goal) { goal_ = goal; }

  // Until that step, the next one, is committed; the figures of a step are kept for as long as the
  // cells are not far ahead.
  [[nodiscard]] Status reach(std::uint64_t step) {
    control_.may_run_to(std::min(goal_, step + kFigures));
    while (control_.committed() <= step) {
      FORKNET_TRY(go_on());  // they may have come to rest just before they were allowed more
      FORKNET_TRY(wait_());
    }
    return control_.resting() ? at_rest_() : Status();
  }

  // No further step is begun, and all rest.
  [[nodiscard]] Status settle() {
    goal_ = 0;
    control_.may_run_to(0);
    while (!control_.resting()) FORKNET_TRY(wait_());
    return at_rest_();
  }

 private:
  [[nodiscard]] Status go_on() {
    if (!control_.resting()) return {};
    FORKNET_TRY(at_rest_());
    control_.go_on();
    return {};
  }

  Control& control_;
  const std::function<Status()> wait_;
  const std::function<Status()> at_rest_;
  std::uint64_t goal_ = 0;
};

}  // namespace forknet::run
