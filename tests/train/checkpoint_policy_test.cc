#include "train/checkpoint_policy.h"

#include <gtest/gtest.h>

#include <vector>

namespace forknet::run {
namespace {

constexpr RunLength kTwentySteps = {20, 6};
constexpr Interval kOff = {Interval::Unit::off, 0};
constexpr Interval kEveryEpoch = {Interval::Unit::epoch, 0};
constexpr Interval kEveryFour = {Interval::Unit::steps, 4};

std::vector<std::uint64_t> due_steps(const CheckpointPolicy& policy, const Interval& every) {
  std::vector<std::uint64_t> steps;
  for (std::uint64_t step = 0; step <= kTwentySteps.steps; ++step) {
    if (policy.due(every, {step}, kTwentySteps)) steps.push_back(step);
  }
  return steps;
}

using Steps = std::vector<std::uint64_t>;

TEST(CheckpointPolicy, is_due_as_often_as_is_set_and_at_the_end) {
  const CheckpointPolicy policy;
  EXPECT_EQ(due_steps(policy, kOff), Steps());
  EXPECT_EQ(due_steps(policy, kEveryEpoch), (Steps{6, 12, 18, 20}));
  EXPECT_EQ(due_steps(policy, kEveryFour), (Steps{4, 8, 12, 16, 20}));
}

TEST(CheckpointPolicy, is_due_where_the_training_ends_early) {
  const CheckpointPolicy policy;
  EXPECT_TRUE(policy.due(kEveryEpoch, {7, true}, kTwentySteps));
  EXPECT_FALSE(policy.due(kOff, {7, true}, kTwentySteps));
}

TEST(CheckpointPolicy, is_due_once_a_step_written_or_not) {
  CheckpointPolicy policy;
  policy.note_tried(4);
  EXPECT_EQ(due_steps(policy, kEveryFour), (Steps{8, 12, 16, 20}));
  EXPECT_EQ(policy.written(), std::nullopt);
  policy.note_written(8);
  EXPECT_EQ(due_steps(policy, kEveryFour), (Steps{12, 16, 20}));
  EXPECT_EQ(policy.written(), 8U);
}

TEST(CheckpointPolicy, is_not_due_for_steps_that_are_only_replayed) {
  CheckpointPolicy policy;
  policy.begin_at(13, 8);
  EXPECT_EQ(due_steps(policy, kEveryFour), (Steps{16, 20}));
  EXPECT_EQ(policy.written(), 8U);
}

TEST(CheckpointPolicy, keeps_the_weights_of_a_file_at_once) {
  CheckpointPolicy policy;
  EXPECT_TRUE(policy.due(kOff, {0, false, true}, kTwentySteps));
  EXPECT_FALSE(policy.due(kEveryFour, {0, false, false}, kTwentySteps));
  policy.note_tried(0);
  EXPECT_FALSE(policy.due(kOff, {0, false, true}, kTwentySteps));
}

TEST(CheckpointPolicy, pauses_at_checkpoints_and_ends_of_epochs) {
  EXPECT_EQ(next_pause(kEveryFour, 0, kTwentySteps), 4U);
  EXPECT_EQ(next_pause(kEveryFour, 4, kTwentySteps), 6U);
  EXPECT_EQ(next_pause(kEveryEpoch, 4, kTwentySteps), 6U);
  EXPECT_EQ(next_pause(kOff, 6, kTwentySteps), 12U);
  EXPECT_EQ(next_pause(kOff, 18, kTwentySteps), 20U);
}

TEST(CheckpointPolicy, a_pause_lies_ahead_even_of_the_last_step) {
  EXPECT_EQ(next_pause(kOff, 20, kTwentySteps), 21U);
  EXPECT_EQ(next_pause(kEveryFour, 23, kTwentySteps), 24U);
}

}  // namespace
}  // namespace forknet::run
