#include "os/barrier.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace forknet::os {
namespace {

// Every member adds to its own number, meets the others, and then looks at all of theirs.
void meet_again_and_again(std::size_t members, std::uint32_t spins, std::uint64_t rounds) {
  Barrier barrier(members, spins);
  std::vector<std::uint64_t> done(members, 0);
  std::vector<std::uint64_t> behind(members, 0);
  const auto member = [&](std::size_t self) {
    for (std::uint64_t round = 1; round <= rounds; ++round) {
      done[self] = round;
      EXPECT_TRUE(barrier.wait());
      for (const std::uint64_t other : done) behind[self] += other < round ? 1 : 0;
      EXPECT_TRUE(barrier.wait());
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < members; ++i) threads.emplace_back(member, i);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(behind, std::vector<std::uint64_t>(members, 0)) << members << " members";
}

TEST(Barrier, nobody_passes_before_all_have_come) {
  for (const std::size_t members : {1U, 2U, 3U, 8U}) meet_again_and_again(members, 0, 500);
}

TEST(Barrier, nobody_passes_before_all_have_come_when_they_spin) {
  for (const std::size_t members : {1U, 2U}) meet_again_and_again(members, 1000, 5000);
}

// Whether they sleep in it, spin in it or come to it later.
TEST(Barrier, nobody_waits_in_one_that_is_broken_up) {
  constexpr std::uint32_t kMany = 1U << 30;
  for (const std::uint32_t spins : {0U, 100U, kMany}) {
    Barrier barrier(4, spins);
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) threads.emplace_back([&] { EXPECT_FALSE(barrier.wait()); });
    barrier.abort();
    for (std::thread& thread : threads) thread.join();
    EXPECT_TRUE(barrier.broken_up());
    EXPECT_FALSE(barrier.wait());
  }
}

TEST(Barrier, threads_spin_only_on_cpus_of_their_own) {
  EXPECT_GT(spins_for(2, 2), 0U);
  EXPECT_GT(spins_for(1, 4), 0U);
  EXPECT_EQ(spins_for(3, 2), 0U);
}

}  // namespace
}  // namespace forknet::os
