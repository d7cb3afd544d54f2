#include "cell/team.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "cell/whole_team.h"

namespace forknet::cell {
namespace {

TEST(Team, every_member_does_its_work_once_a_round) {
  const auto team = whole({2, 3});
  std::vector<int> done(6, 0);
  for (int round = 1; round <= 100; ++round) {
    team->run([&](const Member& member) { ++done[member.index]; });
    ASSERT_EQ(done, std::vector<int>(6, round));
  }
}

TEST(Team, members_know_their_stage_replica_and_thread) {
  const auto team = whole({2, 2, 3});
  std::vector<std::size_t> places(12);
  team->run([&](const Member& member) {
    places[member.index] = 100 * member.stage() + 10 * member.replica() + member.thread();
  });
  EXPECT_EQ(places,
            (std::vector<std::size_t>{0, 1, 10, 11, 100, 101, 110, 111, 200, 201, 210, 211}));
}

TEST(Team, may_be_one_cell_of_a_grid) {
  const GridShape shape = {2, 3, 2};
  const auto team = Team::create(shape, 6, 3, 0).value();
  std::vector<int> done(shape.members(), 0);
  team->run([&](const Member& member) {
    ++done[member.index];
    EXPECT_EQ(member.shape, shape);
    EXPECT_EQ(member.cell(), 2U);
  });
  EXPECT_EQ(done, (std::vector<int>{0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0}));
}

TEST(Team, hands_what_all_wrote_to_the_caller_and_back) {
  const auto team = whole({2, 2});
  std::vector<std::uint64_t> numbers(4, 0);
  std::uint64_t sum = 0;
  std::uint64_t expected = 0;
  for (std::uint64_t round = 0; round < 500; ++round) {
    team->run([&](const Member& member) { numbers[member.index] = sum + member.index; });
    expected = 4 * expected + 6;
    sum = std::accumulate(numbers.begin(), numbers.end(), std::uint64_t{0});
    ASSERT_EQ(sum, expected);
  }
}

TEST(Team, ends_without_having_worked) { EXPECT_TRUE(Team::create({4, 1}, 0, 4, 0).ok()); }

}  // namespace
}  // namespace forknet::cell
