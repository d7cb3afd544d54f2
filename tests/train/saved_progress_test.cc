#include "train/saved_progress.h"

#include "state/states.h"

namespace forknet::run {
namespace {

class SavedProgressTest : public StateFixture {
 protected:
  void SetUp() override {
    if (os::memory_folder().empty()) GTEST_SKIP() << "no /dev/shm";
  }
  ProgressState progress_;
  Throughput throughput_;
};

TEST_F(SavedProgressTest, what_is_saved_is_in_the_state_with_the_time_of_this_process) {
  LiveState live = in_files(shape());
  SavedProgress saved(live, progress_, throughput_);
  progress_.step = 7;
  progress_.train_seconds = 2;
  throughput_.add_step(500'000'000, 32);
  saved.save();
  const auto found = live.progress().load();
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->step, 7U);
  EXPECT_EQ(found->train_seconds, 2.5);
  EXPECT_EQ(progress_.train_seconds, 2) << "counted once";
  live.remove();
}

TEST_F(SavedProgressTest, a_state_that_ends_with_the_process_is_not_written) {
  auto live = LiveState::in_memory(shape(), plan_).value();
  SavedProgress saved(live, progress_, throughput_);
  saved.save();
  EXPECT_FALSE(live.progress().load().has_value());
}

TEST_F(SavedProgressTest, it_is_due_after_a_change_or_half_of_the_figures) {
  auto live = LiveState::in_memory(shape(), plan_).value();
  SavedProgress saved(live, progress_, throughput_);
  progress_.step = 10;
  saved.save();
  EXPECT_FALSE(saved.due());
  saved.mark_changed();
  EXPECT_TRUE(saved.due());
  saved.save();
  progress_.step = 10 + kFigures / 2 - 1;
  EXPECT_FALSE(saved.due());
  ++progress_.step;
  EXPECT_TRUE(saved.due());
  EXPECT_EQ(saved.end_of_room(), 10 + kFigures);
}

}  // namespace
}  // namespace forknet::run
