// The table of a cell's process: every state with every event.
#include "supervise/cell_table.h"

#include <gtest/gtest.h>

namespace forknet::run {
namespace {

template <class Check>
void for_each_cell_transition(Check check) {
  for (std::size_t state = 0; state < kCellStates; ++state) {
    for (std::size_t event = 0; event < kCellEvents; ++event) {
      const auto from = static_cast<CellState>(state);
      SCOPED_TRACE(std::string(name_of(from)) + ", event " + std::to_string(event));
      const auto on = static_cast<CellEvent>(event);
      check(from, on, transition(from, on));
    }
  }
}

TEST(CellTable, only_a_cell_without_a_process_is_given_one) {
  for_each_cell_transition([](CellState from, CellEvent event, CellTransition next) {
    EXPECT_EQ(next.action == CellAction::spawn,
              from == CellState::absent && event == CellEvent::start);
    if (event == CellEvent::start && from != CellState::absent) {
      EXPECT_EQ(next.action, CellAction::refuse);
    }
  });
}

TEST(CellTable, a_death_leaves_nothing_and_is_judged_whatever_led_to_it) {
  for_each_cell_transition([](CellState from, CellEvent event, CellTransition next) {
    if (event != CellEvent::death) return;
    EXPECT_EQ(next.to, CellState::absent);
    EXPECT_EQ(next.action, from == CellState::absent ? CellAction::refuse : CellAction::on_exit);
  });
}

TEST(CellTable, what_is_told_to_end_is_condemned_until_it_has_died_or_was_removed) {
  for_each_cell_transition([](CellState from, CellEvent event, CellTransition next) {
    const bool told = next.action == CellAction::abort || next.action == CellAction::kill;
    if (told) {
      EXPECT_EQ(next.to, CellState::condemned);
    }
    const bool ends = event == CellEvent::death || event == CellEvent::dismiss;
    if (from == CellState::condemned && !ends) {
      EXPECT_EQ(next.to, CellState::condemned);
    }
  });
}

TEST(CellTable, one_that_does_not_heed_the_first_word_is_killed) {
  for (const CellState from : {CellState::joining, CellState::working}) {
    const CellTransition first = transition(from, CellEvent::overdue);
    EXPECT_EQ(first.action, CellAction::abort);
    EXPECT_EQ(transition(first.to, CellEvent::overdue).action, CellAction::kill);
  }
}

TEST(CellTable, a_stopped_one_is_killed_at_once_as_it_could_not_hear_anything_else) {
  for_each_cell_transition([](CellState from, CellEvent event, CellTransition next) {
    if (event != CellEvent::stopped || from == CellState::absent) return;
    EXPECT_EQ(next.action, CellAction::kill);
  });
}

TEST(CellTable, every_generation_is_joined_anew) {
  EXPECT_EQ(transition(CellState::joining, CellEvent::join).to, CellState::working);
  EXPECT_EQ(transition(CellState::working, CellEvent::regroup).to, CellState::joining);
  EXPECT_EQ(transition(CellState::absent, CellEvent::join).to, CellState::absent);
  EXPECT_EQ(transition(CellState::condemned, CellEvent::join).to, CellState::condemned);
}

TEST(CellTable, from_every_state_some_event_leads_to_a_new_process) {
  for (std::size_t state = 0; state < kCellStates; ++state) {
    const auto from = static_cast<CellState>(state);
    const CellState gone = transition(from, CellEvent::dismiss).to;
    EXPECT_EQ(transition(gone, CellEvent::start).action, CellAction::spawn) << name_of(from);
  }
}

}  // namespace
}  // namespace forknet::run
