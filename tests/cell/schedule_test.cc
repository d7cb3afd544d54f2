#include "cell/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cell/all_schedules.h"

namespace forknet::cell {
namespace {

using Kind = Action::Kind;

constexpr std::size_t kMostStages = 6;
constexpr std::size_t kMostMicrobatches = 12;

struct Place {
  Schedule schedule;
  std::size_t stage;
  std::size_t stages;
  std::size_t microbatches;
  [[nodiscard]] std::vector<Action> actions() const {
    return plan_actions(schedule, stage, stages, microbatches);
  }
};

std::ostream& operator<<(std::ostream& stream, const Place& place) {
  return stream << schedule_name(place.schedule) << ", stage " << place.stage << " of "
                << place.stages << ", " << place.microbatches << " microbatches";
}

std::vector<Place> every_place() {
  std::vector<Place> places;
  for (const Schedule schedule : kSchedules) {
    for (std::size_t stages = 1; stages <= kMostStages; ++stages) {
      for (std::size_t stage = 0; stage < stages; ++stage) {
        for (std::size_t count = 0; count <= kMostMicrobatches; ++count) {
          places.push_back({schedule, stage, stages, count});
        }
      }
    }
  }
  return places;
}

std::vector<std::size_t> microbatches_in(const std::vector<Action>& actions, Kind kind) {
  std::vector<std::size_t> numbers;
  for (const Action& action : actions) {
    if (action.kind == kind) numbers.push_back(action.microbatch);
  }
  return numbers;
}

// The most microbatches in flight between forward and backward; -1 if one goes backward before
// forward.
int most_in_flight(const std::vector<Action>& actions) {
  std::vector<bool> forward(kMostMicrobatches, false);
  int now = 0;
  int most = 0;
  for (const Action& action : actions) {
    if (action.kind != Kind::forward && !forward[action.microbatch]) return -1;
    if (action.kind == Kind::weights) continue;
    forward[action.microbatch] = true;
    now += action.kind == Kind::forward ? 1 : -1;
    most = std::max(most, now);
  }
  return most;
}

TEST(Schedule, every_microbatch_goes_forward_once_and_backward_once_in_order) {
  for (const Place& place : every_place()) {
    std::vector<std::size_t> all(place.microbatches);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
    EXPECT_EQ(microbatches_in(place.actions(), Kind::forward), all) << place;
    EXPECT_EQ(microbatches_in(place.actions(), Kind::backward), all) << place;
  }
}

TEST(Schedule, no_microbatch_goes_backward_before_it_went_forward) {
  for (const Place& place : every_place()) EXPECT_GE(most_in_flight(place.actions()), 0) << place;
}

TEST(Schedule, a_stage_of_1f1b_holds_no_more_microbatches_than_stages_follow_it_and_its_own) {
  for (const Place& place : every_place()) {
    if (place.schedule != Schedule::one_f_one_b) continue;
    EXPECT_EQ(most_in_flight(place.actions()),
              static_cast<int>(std::min(place.stages - place.stage, place.microbatches)))
        << place;
  }
}

TEST(Schedule, gpipe_goes_forward_with_all_before_it_goes_backward_with_any) {
  for (const Place& place : every_place()) {
    if (place.schedule != Schedule::gpipe) continue;
    EXPECT_EQ(most_in_flight(place.actions()), static_cast<int>(place.microbatches)) << place;
  }
}

TEST(Schedule, zero_bubble_goes_further_ahead_in_all_stages_but_the_last) {
  for (const Place& place : every_place()) {
    if (place.schedule != Schedule::zero_bubble) continue;
    const std::size_t above = place.stages - place.stage - 1;
    const std::size_t held = above == 0 ? 1 : 2 * above + 2;
    EXPECT_EQ(most_in_flight(place.actions()), static_cast<int>(std::min(held, place.microbatches)))
        << place;
  }
}

// By then at least half of the batch is back, and some microbatches are not.
TEST(Schedule, only_the_first_stage_of_zero_bubble_takes_weights_early_behind_its_last_forward) {
  for (const Place& place : every_place()) {
    const std::vector<Action> actions = place.actions();
    const auto early = std::find_if(actions.begin(), actions.end(), [](const Action& action) {
      return action.kind == Kind::weights;
    });
    const bool expected = place.schedule == Schedule::zero_bubble && place.stage == 0 &&
                          place.stages > 1 && place.microbatches > 1;
    if (early == actions.end()) {
      EXPECT_FALSE(expected) << place;
      continue;
    }
    EXPECT_TRUE(expected) << place;
    EXPECT_EQ(*(early - 1), (Action{Kind::backward, early->microbatch})) << place;
    EXPECT_GE(early->microbatch + 1, (place.microbatches + 1) / 2) << place;
    EXPECT_LT(early->microbatch + 1, place.microbatches) << place;
    EXPECT_TRUE(std::all_of(early + 1, actions.end(), [](const Action& action) {
      return action.kind == Kind::backward;
    })) << place;
  }
}

TEST(Schedule, of_two_stages_and_three_microbatches_reads_like_this) {
  const Action f0 = {Kind::forward, 0}, f1 = {Kind::forward, 1}, f2 = {Kind::forward, 2};
  const Action b0 = {Kind::backward, 0}, b1 = {Kind::backward, 1}, b2 = {Kind::backward, 2};
  EXPECT_EQ(plan_actions(Schedule::one_f_one_b, 0, 2, 3),
            (std::vector<Action>{f0, f1, b0, f2, b1, b2}));
  EXPECT_EQ(plan_actions(Schedule::one_f_one_b, 1, 2, 3),
            (std::vector<Action>{f0, b0, f1, b1, f2, b2}));
  EXPECT_EQ(plan_actions(Schedule::gpipe, 0, 2, 3), (std::vector<Action>{f0, f1, f2, b0, b1, b2}));
  const Action w1 = {Kind::weights, 1};
  EXPECT_EQ(plan_actions(Schedule::zero_bubble, 0, 2, 3),
            (std::vector<Action>{f0, f1, f2, b0, b1, w1, b2}));
  EXPECT_EQ(plan_actions(Schedule::zero_bubble, 1, 2, 3),
            (std::vector<Action>{f0, b0, f1, b1, f2, b2}));
}

// All stages, connected by queues with room for `room` microbatches. A stage continues when the
// input of its next action is there and its output has room.
class Pipeline {
 public:
  Pipeline(Schedule schedule, std::size_t stages, std::size_t microbatches, std::size_t room)
      : room_(room), next_(stages, 0), up_(stages + 1, 0), down_(stages + 1, 0) {
    for (std::size_t stage = 0; stage < stages; ++stage) {
      actions_.push_back(plan_actions(schedule, stage, stages, microbatches));
    }
  }
  // False: deadlock. No stage can continue, but some have actions left.
  bool runs_to_its_end() {
    for (bool moved = true; moved;) {
      moved = false;
      for (std::size_t stage = 0; stage < actions_.size(); ++stage) moved |= go_on(stage);
    }
    for (std::size_t stage = 0; stage < actions_.size(); ++stage) {
      if (next_[stage] < actions_[stage].size()) return false;
    }
    return true;
  }

 private:
  bool go_on(std::size_t stage) {
    if (next_[stage] == actions_[stage].size()) return false;
    if (actions_[stage][next_[stage]].kind == Kind::weights) {
      ++next_[stage];
      return true;
    }
    const bool forward = actions_[stage][next_[stage]].kind == Kind::forward;
    const bool takes = forward ? stage > 0 : stage + 1 < actions_.size();
    const bool gives = forward ? stage + 1 < actions_.size() : stage > 0;
    std::size_t& from = forward ? up_[stage] : down_[stage + 1];
    std::size_t& to = forward ? up_[stage + 1] : down_[stage];
    if ((takes && from == 0) || (gives && to == room_)) return false;
    if (takes) --from;
    if (gives) ++to;
    ++next_[stage];
    return true;
  }

  const std::size_t room_;
  std::vector<std::vector<Action>> actions_;
  std::vector<std::size_t> next_;
  std::vector<std::size_t> up_;    // [s]: on their way from stage s - 1 to s
  std::vector<std::size_t> down_;  // [s]: on their way from stage s to s - 1
};

// A stage that runs further ahead needs room for two, or drains its input while it waits to send,
// as cells behind pipes do (wire/pipe/pipe.h).
std::size_t room_needed(Schedule schedule) { return schedule == Schedule::zero_bubble ? 2 : 1; }

TEST(Schedule, stages_that_wait_for_each_other_never_wait_for_ever) {
  for (const Schedule schedule : kSchedules) {
    for (std::size_t stages = 1; stages <= kMostStages; ++stages) {
      for (std::size_t count = 0; count <= kMostMicrobatches; ++count) {
        for (const std::size_t room : {room_needed(schedule), kMostMicrobatches}) {
          EXPECT_TRUE(Pipeline(schedule, stages, count, room).runs_to_its_end())
              << Place{schedule, 0, stages, count} << ", room for " << room;
        }
      }
    }
  }
}

}  // namespace
}  // namespace forknet::cell
