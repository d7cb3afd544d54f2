#include "cell/thread_team.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "cell/whole_team.h"

namespace forknet::cell {
namespace {

TEST(ThreadTeam, every_member_does_its_work_once_a_round) {
  const auto team = whole({2, 3});
  std::vector<int> done(6, 0);
  for (int round = 1; round <= 100; ++round) {
    team->run([&](const Worker& worker) { ++done[worker.index]; });
    ASSERT_EQ(done, std::vector<int>(6, round));
  }
}

TEST(ThreadTeam, members_know_their_stage_replica_and_thread) {
  const auto team = whole({2, 2, 3});
  std::vector<std::size_t> places(12);
  team->run([&](const Worker& worker) {
    places[worker.index] = 100 * worker.stage() + 10 * worker.replica() + worker.thread();
  });
  EXPECT_EQ(places,
            (std::vector<std::size_t>{0, 1, 10, 11, 100, 101, 110, 111, 200, 201, 210, 211}));
}

TEST(ThreadTeam, may_be_one_cell_of_a_grid) {
  const GridShape shape = {2, 3, 2};
  const auto team = ThreadTeam::create(shape, 6, 3, 0).value();
  std::vector<int> done(shape.workers(), 0);
  team->run([&](const Worker& worker) {
    ++done[worker.index];
    EXPECT_EQ(worker.shape, shape);
    EXPECT_EQ(worker.cell(), 2U);
  });
  EXPECT_EQ(done, (std::vector<int>{0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0}));
}

TEST(ThreadTeam, hands_what_all_wrote_to_the_caller_and_back) {
  const auto team = whole({2, 2});
  std::vector<std::uint64_t> numbers(4, 0);
  std::uint64_t sum = 0;
  std::uint64_t expected = 0;
  for (std::uint64_t round = 0; round < 500; ++round) {
    team->run([&](const Worker& worker) { numbers[worker.index] = sum + worker.index; });
    expected = 4 * expected + 6;
    sum = std::accumulate(numbers.begin(), numbers.end(), std::uint64_t{0});
    ASSERT_EQ(sum, expected);
  }
}

TEST(ThreadTeam, ends_without_having_worked) {
  EXPECT_TRUE(ThreadTeam::create({4, 1}, 0, 4, 0).ok());
}

}  // namespace
}  // namespace forknet::cell
