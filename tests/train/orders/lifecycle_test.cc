// The table of a run's life: every state with every event, and random sequences of events.
#include "train/orders/lifecycle.h"

#include <gtest/gtest.h>

#include <ostream>
#include <utility>
#include <vector>

#include "properties.h"

namespace forknet::run {

// In the namespace where RapidCheck finds it.
inline void showValue(LifeEvent event, std::ostream& out) {
  constexpr const char* kEvents[kLifeEvents] = {"pause",     "resume",     "hold",  "release",
                                                "epoch end", "checkpoint", "scale", "stop"};
  out << kEvents[static_cast<std::size_t>(event)];
}

namespace {

// Calls check(state, event, transition) for all pairs.
template <class Check>
void for_each_transition(Check check) {
  for (std::size_t state = 0; state < kLifeStates; ++state) {
    for (std::size_t event = 0; event < kLifeEvents; ++event) {
      SCOPED_TRACE(::testing::Message() << "state " << state << ", event " << event);
      const auto from = static_cast<LifeState>(state);
      const auto met = static_cast<LifeEvent>(event);
      check(from, met, transition(from, met));
    }
  }
}

TEST(Lifecycle, every_state_meets_every_event_with_a_state_and_an_action) {
  for_each_transition([](LifeState, LifeEvent, Transition next) {
    EXPECT_LT(static_cast<std::size_t>(next.to), kLifeStates);
    EXPECT_LE(next.action, LifeAction::refuse);
    EXPECT_FALSE(name_of(next.to).empty());
  });
}

TEST(Lifecycle, stop_ends_every_state_and_is_never_refused) {
  for_each_transition([](LifeState from, LifeEvent event, Transition next) {
    if (event != LifeEvent::stop) return;
    EXPECT_EQ(next.to, LifeState::stopping);
    const bool already = from == LifeState::stopping;
    EXPECT_EQ(next.action, already ? LifeAction::none : LifeAction::end);
  });
}

TEST(Lifecycle, no_event_leaves_stopping_and_nothing_but_stop_leads_there) {
  for_each_transition([](LifeState from, LifeEvent event, Transition next) {
    const bool ends = from == LifeState::stopping || event == LifeEvent::stop;
    EXPECT_EQ(next.to == LifeState::stopping, ends);
  });
}

TEST(Lifecycle, orders_are_refused_by_a_run_that_is_stopping_and_by_no_other) {
  for_each_transition([](LifeState from, LifeEvent event, Transition next) {
    const bool asks = event != LifeEvent::stop && event != LifeEvent::epoch_end;
    EXPECT_EQ(next.action == LifeAction::refuse, from == LifeState::stopping && asks);
  });
}

TEST(Lifecycle, a_run_at_rest_goes_on_by_resume_release_and_stop_alone) {
  for_each_transition([](LifeState from, LifeEvent event, Transition next) {
    if (!at_rest(from) || at_rest(next.to)) return;
    EXPECT_TRUE(event == LifeEvent::resume || event == LifeEvent::release ||
                event == LifeEvent::stop);
  });
}

TEST(Lifecycle, rest_is_where_a_rest_begins_and_go_on_where_it_ends) {
  for_each_transition([](LifeState from, LifeEvent, Transition next) {
    const bool begins = !at_rest(from) && at_rest(next.to);
    const bool ends = at_rest(from) && !at_rest(next.to) && next.to != LifeState::stopping;
    EXPECT_EQ(next.action == LifeAction::rest, begins);
    EXPECT_EQ(next.action == LifeAction::go_on, ends);
  });
}

TEST(Lifecycle, an_epochs_end_is_nothing_to_a_run_at_rest) {
  for_each_transition([](LifeState from, LifeEvent event, Transition next) {
    if (event != LifeEvent::epoch_end || !at_rest(from)) return;
    EXPECT_EQ(next.to, from);
    EXPECT_EQ(next.action, LifeAction::none);
  });
}

TEST(Lifecycle, checkpoint_scale_and_reload_are_done_in_every_state_and_change_none) {
  for_each_transition([](LifeState from, LifeEvent event, Transition next) {
    if (from == LifeState::stopping) return;
    const bool saves = event == LifeEvent::checkpoint;
    const bool resizes = event == LifeEvent::scale;
    EXPECT_EQ(next.action == LifeAction::save, saves);
    const bool rereads = event == LifeEvent::reload;
    EXPECT_EQ(next.action == LifeAction::resize, resizes);
    EXPECT_EQ(next.action == LifeAction::reread, rereads);
    if (saves || resizes || rereads) {
      EXPECT_EQ(next.to, from);
    }
  });
}

TEST(Lifecycle, an_order_given_twice_does_nothing_the_second_time) {
  for_each_transition([](LifeState, LifeEvent event, Transition next) {
    const bool repeats =
        event == LifeEvent::checkpoint || event == LifeEvent::scale || event == LifeEvent::reload;
    if (repeats || event == LifeEvent::epoch_end || next.to == LifeState::stopping) return;
    EXPECT_EQ(transition(next.to, event).to, next.to);
    EXPECT_EQ(transition(next.to, event).action, LifeAction::none);
  });
}

TEST(Lifecycle, resume_and_release_together_lead_from_everywhere_to_running) {
  for_each_transition([](LifeState from, LifeEvent, Transition) {
    if (from == LifeState::stopping) return;
    for (const auto& [first, second] : {std::pair(LifeEvent::resume, LifeEvent::release),
                                        std::pair(LifeEvent::release, LifeEvent::resume)}) {
      EXPECT_EQ(transition(transition(from, first).to, second).to, LifeState::running);
    }
  });
}

TEST(Lifecycle, a_held_run_that_is_paused_and_resumed_is_held_still) {
  const LifeState paused = transition(LifeState::held, LifeEvent::pause).to;
  EXPECT_EQ(name_of(paused), "paused");
  EXPECT_EQ(transition(paused, LifeEvent::resume).to, LifeState::held);
  EXPECT_EQ(transition(paused, LifeEvent::release).to, LifeState::paused);
}

TEST(Lifecycle, the_states_have_the_names_that_people_are_told) {
  EXPECT_EQ(name_of(LifeState::running), "running");
  EXPECT_EQ(name_of(LifeState::holding), "running");
  EXPECT_EQ(name_of(LifeState::paused), "paused");
  EXPECT_EQ(name_of(LifeState::waiting), "paused");
  EXPECT_EQ(name_of(LifeState::held), "held");
  EXPECT_EQ(name_of(LifeState::shelved), "paused");
  EXPECT_EQ(name_of(LifeState::stopping), "stopping");
}

// A run driven through the table, and the expectations derived from its events alone.
class Simulated {
 public:
  void meet(LifeEvent event) {
    const LifeState from = state_;
    const Transition next = transition(from, event);
    expect_alternation(next.action);
    expect_hold(from, event, next);
    RC_ASSERT((next.to == LifeState::stopping) ==
              (event == LifeEvent::stop || from == LifeState::stopping));
    state_ = next.to;
    RC_ASSERT(at_rest(state_) == (resting_ && state_ != LifeState::stopping));
  }
  [[nodiscard]] std::size_t holds() const { return holds_; }

 private:
  void expect_alternation(LifeAction action) {
    if (action == LifeAction::rest) {
      RC_ASSERT(!resting_);
      resting_ = true;
    }
    if (action == LifeAction::go_on) {
      RC_ASSERT(resting_);
      resting_ = false;
    }
  }
  // A requested hold takes effect at the next end of an epoch, and only there.
  void expect_hold(LifeState from, LifeEvent event, Transition next) {
    if (from == LifeState::stopping || from == LifeState::held || from == LifeState::shelved)
      return;
    if (event == LifeEvent::hold) asked_ = true;
    if (event == LifeEvent::release) asked_ = false;
    if (event != LifeEvent::epoch_end || at_rest(from)) return;
    RC_ASSERT((next.to == LifeState::held) == asked_);
    RC_ASSERT((next.action == LifeAction::rest) == asked_);
    holds_ += asked_ ? 1 : 0;
    asked_ = false;
  }

  LifeState state_ = LifeState::running;
  bool resting_ = false;
  bool asked_ = false;
  std::size_t holds_ = 0;
};

// Most events are not a stop.
rc::Gen<LifeEvent> drawn_event() {
  return rc::gen::map(between<std::size_t>(0, 500), [](std::size_t drawn) {
    return drawn == 500 ? LifeEvent::stop : static_cast<LifeEvent>(drawn % (kLifeEvents - 1));
  });
}

// About two million events; a failing sequence is shrunk to the events it needs.
TEST(Lifecycle, random_lives_never_break_a_promise) {
  constexpr int kEventsOfALife = 500;
  const auto lives =
      rc::gen::resize(kEventsOfALife, rc::gen::container<std::vector<LifeEvent>>(drawn_event()));
  std::size_t holds = 0;
  forknet::holds("random lives never break a promise", 8'000, [&] {
    Simulated run;
    for (const LifeEvent event : *lives) run.meet(event);
    holds += run.holds();
  });
  EXPECT_GT(holds, 0U);
}

}  // namespace
}  // namespace forknet::run
