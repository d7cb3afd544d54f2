#include "data/sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "base/philox.h"
#include "data/counting.h"
#include "data/split.h"

namespace forknet::data {
namespace {

std::vector<std::uint32_t> order_of(std::uint64_t seed, std::uint32_t rows, std::uint64_t epoch) {
  std::vector<std::uint32_t> order(rows);
  Sampler(seed, rows, 1, true).epoch_order(epoch, order);
  return order;
}

TEST(Sampler, every_epoch_order_is_a_permutation) {
  const std::uint32_t random_seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(random_seed));
  std::mt19937_64 random(random_seed);
  for (int i = 0; i < 300; ++i) {
    const auto rows = static_cast<std::uint32_t>(1 + random() % 500);
    std::vector<std::uint32_t> order = order_of(random(), rows, random() % 1000);
    std::sort(order.begin(), order.end());
    EXPECT_EQ(order, counting(rows));
  }
}

// The definition of docs/numerics.md, written the slow way.
TEST(Sampler, the_order_is_fisher_yates_with_one_word_a_position) {
  for (const std::uint32_t rows : {1U, 2U, 3U, 10U, 11U}) {
    std::vector<std::uint32_t> expected = counting(rows);
    for (std::uint32_t i = rows - 1; i > 0; --i) {
      const PhiloxBlock block = random_block(5, Purpose::shuffle, 9, i / 2, 0);
      const std::uint64_t low = block[i % 2 * 2];
      const std::uint64_t high = block[i % 2 * 2 + 1];
      // floor((high * 2^32 + low) * (i + 1) / 2^64) in halves
      const std::uint64_t j = (high * (i + 1) + ((low * (i + 1)) >> 32)) >> 32;
      std::swap(expected[i], expected[j]);
    }
    EXPECT_EQ(order_of(5, rows, 9), expected);
  }
}

TEST(Sampler, seeds_and_epochs_give_different_orders) {
  EXPECT_NE(order_of(1, 100, 0), order_of(1, 100, 1));
  EXPECT_NE(order_of(1, 100, 0), order_of(2, 100, 0));
  EXPECT_EQ(order_of(1, 100, 3), order_of(1, 100, 3));
}

TEST(Sampler, without_shuffling_rows_come_as_they_are) {
  std::vector<std::uint32_t> order(17);
  Sampler(1, 17, 4, false).epoch_order(3, order);
  EXPECT_EQ(order, counting(17));
}

// 6 rows, 24,000 epochs: each row stands 4,000 times in each place, give or take six deviations.
TEST(Sampler, every_row_is_equally_often_in_every_place) {
  constexpr std::uint32_t kRows = 6;
  constexpr int kEpochs = 24'000;
  std::vector<int> counts(kRows * kRows);
  for (int epoch = 0; epoch < kEpochs; ++epoch) {
    const auto order = order_of(11, kRows, static_cast<std::uint64_t>(epoch));
    for (std::uint32_t place = 0; place < kRows; ++place) ++counts[place * kRows + order[place]];
  }
  for (const int count : counts) EXPECT_NEAR(count, kEpochs / 6, 350);
}

TEST(Sampler, plans_cover_every_epoch_and_keep_the_short_last_batch) {
  const Sampler sampler(1, 10, 4, true);
  EXPECT_EQ(sampler.steps_per_epoch(), 3U);
  for (std::uint64_t step = 0; step < 9; ++step) {
    const BatchPlan plan = sampler.plan(step);
    EXPECT_EQ(plan.epoch, step / 3);
    EXPECT_EQ(plan.index_in_epoch, step % 3);
    EXPECT_EQ(plan.first, 4 * (step % 3));
    EXPECT_EQ(plan.rows, step % 3 == 2 ? 2U : 4U);
  }
}

TEST(Sampler, a_batch_of_more_than_all_rows_is_all_rows) {
  const Sampler sampler(1, 10, 64, true);
  EXPECT_EQ(sampler.steps_per_epoch(), 1U);
  EXPECT_EQ(sampler.plan(7).rows, 10U);
  EXPECT_EQ(sampler.plan(7).epoch, 7U);
}

TEST(Split, sets_are_disjoint_ascending_and_complete) {
  const Result<Split> split = split_rows(3, 1001, 0.1, 0.25);
  ASSERT_TRUE(split.ok());
  EXPECT_EQ(split->validation.size(), 100U);
  EXPECT_EQ(split->test.size(), 250U);
  std::vector<std::uint32_t> all;
  for (const auto* set : {&split->train, &split->validation, &split->test}) {
    EXPECT_TRUE(std::is_sorted(set->begin(), set->end()));
    all.insert(all.end(), set->begin(), set->end());
  }
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, counting(1001));
}

TEST(Split, it_is_a_function_of_the_seed_and_the_test_set_of_its_own_share) {
  const Split split = *split_rows(3, 500, 0.1, 0.2);
  EXPECT_EQ(split.test, split_rows(3, 500, 0.0, 0.2)->test);
  EXPECT_EQ(split.validation, split_rows(3, 500, 0.1, 0.2)->validation);
  EXPECT_NE(split.test, split_rows(4, 500, 0.1, 0.2)->test);
}

TEST(Split, every_row_is_equally_likely_to_be_taken) {
  std::vector<int> taken(20);
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    const Split split = *split_rows(seed, 20, 0, 0.25);
    for (const std::uint32_t row : split.test) ++taken[row];
  }
  for (const int count : taken) EXPECT_NEAR(count, 1000, 170);
}

TEST(Split, a_small_share_takes_a_row_and_shares_that_leave_none_are_refused) {
  EXPECT_EQ(split_rows(1, 4, 0, 0.01)->test.size(), 1U);
  const Result<Split> none = split_rows(1, 4, 0.5, 0.5);
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().kind, ErrorKind::config);
  EXPECT_EQ(none.error().message,
            "data: validation = 0.5 and test = 0.5 of 4 rows leave none to train on");
}

}  // namespace
}  // namespace forknet::data
