// A million simulated runs under random disturbances: a stop always wins, nothing hangs longer than
// its budget, no cell is started twice, every step is committed once and in order, and every order
// is answered. FORKNET_TEST_SEED sets the first seed; a failure names the seed of its run.
#include <gtest/gtest.h>

#include <cstdio>
#include <map>

#include "random_cases.h"
#include "simulation/simulated_run.h"

namespace forknet::run {
namespace {

TEST(Simulation, no_drawn_life_of_a_run_breaks_a_promise) {
  const std::uint64_t seed = test_seed();
  const std::size_t lives = test_cases(1'000'000);
  std::printf("seeds from %llu on, %zu lives (FORKNET_TEST_SEED)\n",
              static_cast<unsigned long long>(seed), lives);
  ReusedControl page;
  std::map<SimulatedRun::End, std::size_t> ends;
  std::uint64_t deaths = 0;
  std::uint64_t orders = 0;
  for (std::size_t life = 0; life < lives; ++life) {
    SimulatedRun run(page, seed + life);
    const std::string broken = run.live();
    ASSERT_EQ(broken, "") << "FORKNET_TEST_SEED=" << seed + life;
    ++ends[run.end()];
    deaths += run.deaths();
    orders += run.orders();
  }
  std::printf("finished %zu, stopped %zu, given up %zu; %llu deaths, %llu orders\n",
              ends[SimulatedRun::End::finished], ends[SimulatedRun::End::stopped],
              ends[SimulatedRun::End::given_up], static_cast<unsigned long long>(deaths),
              static_cast<unsigned long long>(orders));
  if (lives < 1000) return;
  EXPECT_GT(ends[SimulatedRun::End::finished], lives / 4);
  EXPECT_GT(ends[SimulatedRun::End::stopped], lives / 100);
  EXPECT_GT(ends[SimulatedRun::End::given_up], lives / 1000);
  EXPECT_GT(deaths, lives / 2);
  EXPECT_GT(orders, lives / 4);
}

}  // namespace
}  // namespace forknet::run
