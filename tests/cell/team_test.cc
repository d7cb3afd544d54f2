#include "cell/team.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

namespace forknet::cell {
namespace {

TEST(Team, every_member_does_its_work_once_a_round) {
  const auto team = Team::create({2, 3}, 2).value();
  std::vector<int> done(6, 0);
  for (int round = 1; round <= 100; ++round) {
    team->run([&](const Member& member) { ++done[member.index]; });
    ASSERT_EQ(done, std::vector<int>(6, round));
  }
}

TEST(Team, members_know_their_replica_and_thread) {
  const auto team = Team::create({2, 2}, 2).value();
  std::vector<std::size_t> places(4);
  team->run([&](const Member& member) {
    places[member.index] = 10 * member.replica() + member.thread();
  });
  EXPECT_EQ(places, (std::vector<std::size_t>{0, 1, 10, 11}));
}

TEST(Team, a_replica_meets_without_the_others) {
  const auto team = Team::create({2, 2}, 4).value();
  std::atomic<int> behind{0};
  for (int round = 0; round < 200; ++round) {
    std::atomic<int> arrived{0};
    team->run([&](const Member& member) {
      if (member.replica() == 1) return;  // never comes to the meeting
      arrived.fetch_add(1);
      team->meet_replica(member);
      if (arrived.load() != 2) behind.fetch_add(1);
    });
  }
  EXPECT_EQ(behind.load(), 0);
}

TEST(Team, all_meet_between_two_phases) {
  const auto team = Team::create({3, 2}, 2).value();
  std::vector<int> phase(6, 0);
  std::atomic<int> behind{0};
  for (int round = 1; round <= 200; ++round) {
    team->run([&](const Member& member) {
      phase[member.index] = round;
      team->meet_all();
      for (const int other : phase) {
        if (other != round) behind.fetch_add(1);
      }
    });
  }
  EXPECT_EQ(behind.load(), 0);
}

TEST(Team, ends_without_having_worked) { EXPECT_TRUE(Team::create({4, 1}, 2).ok()); }

}  // namespace
}  // namespace forknet::cell
