// The processes of cells: started, missed when they die, started again.
#include "supervise/process_pool.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <memory>

#include "grid/two_cells.h"
#include "patience.h"

namespace forknet::run {
namespace {

class ProcessPoolTest : public TwoCells {
 protected:
  void SetUp() override {
    control().prepare(0);
    ASSERT_TRUE(pool_->open().ok());
    for (const std::size_t cell : {0U, 1U}) ASSERT_TRUE(pool_->start(cell).ok());
  }
  void TearDown() override {
    control().exit();
    if (pool_ != nullptr) pool_->give_up();
  }
  // New pipes for all; until both have joined.
  void gather(std::uint32_t generation) {
    const auto pipes = new_pipes();
    for (const std::size_t cell : {0U, 1U}) pool_->send(cell, generation, pipes.ends_of(cell));
    while (!has_joined(0, generation) || !has_joined(1, generation)) {
      pool_->wait(kTimeout);
      ASSERT_TRUE(pool_->deaths().empty());
    }
  }
  ProcessPool::Death next_death() {
    std::vector<ProcessPool::Death> deaths = pool_->deaths();
    for (; deaths.empty(); deaths = pool_->deaths()) pool_->wait(kTimeout);
    EXPECT_EQ(deaths.size(), 1U);
    return deaths.front();
  }

  std::unique_ptr<ProcessPool> pool_ =
      std::make_unique<ProcessPool>(job_, state_, event_, no_arena_, 2);
};

TEST_F(ProcessPoolTest, cells_join_with_the_pipes_that_they_are_sent) {
  EXPECT_NE(pool_->pid(0), pool_->pid(1));
  for (const std::size_t cell : {0U, 1U}) {
    EXPECT_EQ(control().cells[cell].pid.load(), pool_->pid(cell));
    EXPECT_FALSE(has_joined(cell, 0));
  }
  gather(0);
  control().begin_generation(1);
  gather(1);
}

TEST_F(ProcessPoolTest, a_death_is_told_once_with_its_pid_and_ending) {
  gather(0);
  EXPECT_TRUE(pool_->deaths().empty());
  ASSERT_EQ(::kill(pool_->pid(1), SIGKILL), 0);
  const ProcessPool::Death death = next_death();
  EXPECT_EQ(death.cell, 1U);
  EXPECT_EQ(death.pid, pool_->pid(1));
  EXPECT_EQ(death.ending, "was killed by SIGKILL");
  EXPECT_FALSE(death.own_fault);
  EXPECT_TRUE(pool_->deaths().empty());
  EXPECT_EQ(control().cells[0].deaths.load(), 0U);
  EXPECT_EQ(control().cells[1].deaths.load(), 1U);
}

TEST_F(ProcessPoolTest, a_death_by_a_fault_of_the_program_is_told_as_such) {
  ASSERT_EQ(::kill(pool_->pid(0), SIGABRT), 0);
  const ProcessPool::Death death = next_death();
  EXPECT_EQ(death.cell, 0U);
  EXPECT_EQ(death.ending, "was killed by SIGABRT");
  EXPECT_TRUE(death.own_fault);
}

TEST_F(ProcessPoolTest, a_cell_that_died_is_started_again_and_the_others_stay) {
  gather(0);
  for (std::uint32_t generation = 1; generation <= 3; ++generation) {
    const std::size_t dead = generation % 2;
    const int pid = pool_->pid(dead);
    const int other = pool_->pid(1 - dead);
    ASSERT_EQ(::kill(pid, SIGKILL), 0);
    EXPECT_EQ(next_death().pid, pid);
    control().begin_generation(generation);
    ASSERT_TRUE(pool_->start(dead).ok());
    EXPECT_NE(pool_->pid(dead), pid);
    EXPECT_EQ(pool_->pid(1 - dead), other);
    EXPECT_EQ(control().cells[dead].pid.load(), pool_->pid(dead));
    gather(generation);
  }
}

TEST_F(ProcessPoolTest, sending_to_a_cell_that_is_dead_does_nothing) {
  ASSERT_EQ(::kill(pool_->pid(0), SIGKILL), 0);
  (void)next_death();
  const auto pipes = new_pipes();
  pool_->send(0, 0, pipes.ends_of(0));
  EXPECT_TRUE(pool_->deaths().empty());
}

TEST_F(ProcessPoolTest, cells_end_by_themselves_when_the_run_is_over) {
  gather(0);
  control().exit();
  std::size_t deaths = 0;
  while (deaths < 2) {
    for (const ProcessPool::Death& death : pool_->deaths()) {
      EXPECT_EQ(death.ending, "ended with exit code 0");
      ++deaths;
    }
    if (deaths < 2) pool_->wait(kTimeout);
  }
}

TEST_F(ProcessPoolTest, no_process_outlives_it) {
  const int pids[] = {pool_->pid(0), pool_->pid(1)};
  pool_->give_up();
  pool_.reset();
  for (const int pid : pids) EXPECT_EQ(::kill(pid, 0), -1) << pid;
}

}  // namespace
}  // namespace forknet::run
