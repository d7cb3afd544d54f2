#include "average/rounds.h"

#include <gtest/gtest.h>

#include <vector>

namespace forknet::run {
namespace {

std::vector<std::uint64_t> ends(const Rounds& rounds) {
  std::vector<std::uint64_t> ends;
  for (std::uint64_t steps = 0; steps <= rounds.total; ++steps) {
    if (rounds.ends_at(steps)) ends.push_back(steps);
  }
  return ends;
}

using Steps = std::vector<std::uint64_t>;

TEST(Rounds, of_epochs_end_with_every_epoch_and_with_the_run) {
  EXPECT_EQ(ends({GridConfig::kEpoch, 4, 12}), (Steps{4, 8, 12}));
  EXPECT_EQ(ends({GridConfig::kEpoch, 4, 10}), (Steps{4, 8, 10})) << "max_steps within an epoch";
  EXPECT_EQ(ends({GridConfig::kEpoch, 4, 3}), (Steps{3}));
}

TEST(Rounds, of_steps_do_not_care_for_epochs) {
  EXPECT_EQ(ends({3, 4, 12}), (Steps{3, 6, 9, 12}));
  EXPECT_EQ(ends({5, 4, 12}), (Steps{5, 10, 12}));
  EXPECT_EQ(ends({1, 4, 3}), (Steps{1, 2, 3}));
  EXPECT_EQ(ends({100, 4, 12}), (Steps{12}));
}

TEST(Rounds, of_the_end_are_one) { EXPECT_EQ(ends({GridConfig::kEnd, 4, 12}), (Steps{12})); }

TEST(Rounds, the_end_after_a_step_is_the_next_one) {
  for (const std::int64_t every : {std::int64_t{1}, std::int64_t{3}, std::int64_t{5},
                                   std::int64_t{100}, GridConfig::kEpoch, GridConfig::kEnd}) {
    const Rounds rounds = {every, 4, 14};
    for (std::uint64_t steps = 0; steps < rounds.total; ++steps) {
      std::uint64_t next = steps + 1;
      while (!rounds.ends_at(next)) ++next;
      EXPECT_EQ(rounds.end_after(steps), next) << every << " after " << steps;
    }
  }
}

// A finished run may get more epochs: its last round was cut short, later rounds are where they
// would have been.
TEST(Rounds, that_were_cut_short_go_on_in_a_longer_run) {
  const Rounds longer = {5, 4, 20};
  EXPECT_EQ(longer.end_after(12), 15U);
}

}  // namespace
}  // namespace forknet::run
