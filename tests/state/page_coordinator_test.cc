#include "state/page_coordinator.h"

#include <gtest/gtest.h>

#include <memory>

namespace forknet::run {
namespace {

class PageCoordinatorTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kCells = 2;
  PageCoordinatorTest() { page_->prepare(5); }

  const std::unique_ptr<Control> page_ = std::make_unique<Control>();
  // Of two processes that map the page.
  PageCoordinator supervisor_{*page_};
  PageCoordinator cell_{*page_};
};

TEST_F(PageCoordinatorTest, a_step_that_all_cells_finish_is_committed_with_its_figures) {
  EXPECT_EQ(cell_.committed(), 5U);
  EXPECT_TRUE(supervisor_.resting());
  supervisor_.may_run_to(6);
  supervisor_.go_on();
  EXPECT_FALSE(cell_.resting());
  EXPECT_TRUE(cell_.await(5, 0, 0));
  cell_.put_figures(5, {1.5, 3, 4});
  EXPECT_FALSE(cell_.finish(1, kCells, 0, 5));
  EXPECT_TRUE(supervisor_.has_finished(1));
  EXPECT_FALSE(supervisor_.has_finished(0));
  EXPECT_TRUE(cell_.finish(0, kCells, 0, 5));
  EXPECT_EQ(supervisor_.committed(), 6U);
  EXPECT_EQ(supervisor_.figures(5).loss, 1.5);
  EXPECT_GT(supervisor_.committed_at_ns(5), 0);
  EXPECT_TRUE(cell_.rests_after(6, 0, 0));
  EXPECT_TRUE(supervisor_.undrained());
  supervisor_.put_drained();
  EXPECT_FALSE(cell_.undrained());
}

TEST_F(PageCoordinatorTest, cells_join_a_generation_which_is_opened_when_all_have) {
  supervisor_.begin_generation(3);
  EXPECT_EQ(cell_.generation(), 3U);
  EXPECT_EQ(cell_.generation_now().load(), 3U);
  EXPECT_TRUE(cell_.await_newer(2, 0));
  EXPECT_FALSE(cell_.await_newer(3, 0));
  cell_.join(1, 3);
  EXPECT_TRUE(supervisor_.has_joined(1, 3));
  EXPECT_FALSE(supervisor_.has_joined(0, 3));
  supervisor_.open_generation(3);
  EXPECT_TRUE(cell_.await_open(3));
  supervisor_.exit();
  EXPECT_TRUE(cell_.over());
  EXPECT_FALSE(cell_.await(5, 3, 0));
}

TEST_F(PageCoordinatorTest, what_is_counted_of_a_cell_is_its_own) {
  cell_.count_step(1, 10, 4);
  cell_.count_step(1, 20, 9);
  cell_.put_arena(1, 4096);
  supervisor_.put_death(1);
  const CellCounts counts = supervisor_.counts(1);
  EXPECT_EQ(counts.steps_ns, 30U);
  EXPECT_EQ(counts.wait_ns, 9U);
  EXPECT_EQ(counts.arena, 4096U);
  EXPECT_EQ(counts.deaths, 1U);
  EXPECT_EQ(supervisor_.counts(0).steps_ns, 0U);
  EXPECT_EQ(cell_.traffic(1).in, &page_->cells[1].in);
  EXPECT_EQ(cell_.traffic(1).out, &page_->cells[1].out);
}

TEST_F(PageCoordinatorTest, what_a_resume_reads_stands_in_the_page) {
  supervisor_.put_started(1, 77, 88);
  EXPECT_FALSE(supervisor_.has_weights(1));
  cell_.put_has_weights(1);
  EXPECT_TRUE(supervisor_.has_weights(1));
  cell_.put_written(1, 6, 99);
  EXPECT_EQ(page_->cells[1].pid.load(), 77);
  EXPECT_EQ(page_->cells[1].pid_ticks.load(), 88U);
  EXPECT_EQ(page_->cells[1].written.of(6), 99U);
  EXPECT_EQ(page_->cells[0].written.of(6), std::nullopt);
}

}  // namespace
}  // namespace forknet::run
