// Shares of every epoch's rows for models that train apart.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "data/counting.h"
#include "data/sampler.h"
#include "random_cases.h"

namespace forknet::data {
namespace {

// The positions in an epoch's order that a share visits, step by step.
std::vector<std::uint32_t> visited(const Sampler& share, std::uint64_t epoch) {
  std::vector<std::uint32_t> places;
  for (std::uint64_t i = 0; i < share.steps_per_epoch(); ++i) {
    const BatchPlan plan = share.plan(epoch * share.steps_per_epoch() + i);
    EXPECT_EQ(plan.epoch, epoch);
    EXPECT_EQ(plan.index_in_epoch, i);
    EXPECT_LE(plan.rows, share.batch());
    for (std::uint32_t row = 0; row < plan.rows; ++row) places.push_back(plan.first + row);
  }
  return places;
}

struct Case {
  std::uint32_t rows, batch, models;
};

// Small numbers meet all edges: a model a row, batches larger than shares, shares of one row.
std::vector<Case> cases() {
  std::vector<Case> cases;
  for (std::uint32_t rows = 1; rows <= 12; ++rows) {
    for (std::uint32_t models = 1; models <= rows; ++models) {
      for (const std::uint32_t batch : {1U, 2U, 3U, 5U, 12U, 40U}) {
        cases.push_back({rows, batch, models});
      }
    }
  }
  std::mt19937_64 random(test_seed());
  for (std::size_t i = 0; i < test_cases(200); ++i) {
    const auto rows = static_cast<std::uint32_t>(1 + random() % 900);
    const auto models = static_cast<std::uint32_t>(1 + random() % std::min(rows, 40U));
    cases.push_back({rows, static_cast<std::uint32_t>(1 + random() % 100), models});
  }
  return cases;
}

TEST(SamplerShares, are_disjoint_and_cover_every_row_of_every_epoch) {
  for (const auto& [rows, batch, models] : cases()) {
    SCOPED_TRACE(testing::Message() << rows << " rows, batch " << batch << ", " << models
                                    << " models, seed " << test_seed());
    const Sampler sampler(7, rows, batch, true, {models, 0});
    for (const std::uint64_t epoch : {0U, 1U, 5U}) {
      std::vector<std::uint32_t> all;
      std::size_t least = rows;
      std::size_t most = 0;
      for (std::uint32_t model = 0; model < models; ++model) {
        const auto own = visited(sampler.of_model(model), epoch);
        least = std::min(least, own.size());
        most = std::max(most, own.size());
        all.insert(all.end(), own.begin(), own.end());
      }
      ASSERT_EQ(all, counting(rows)) << "one share after the other, each row once";
      ASSERT_GE(least, 1U);
      ASSERT_LE(most - least, 1U);
    }
  }
}

TEST(SamplerShares, take_the_same_number_of_steps) {
  for (const auto& [rows, batch, models] : cases()) {
    const Sampler first(7, rows, batch, true, {models, 0});
    for (std::uint32_t model = 0; model < models; ++model) {
      const Sampler share = first.of_model(model);
      ASSERT_EQ(share.steps_per_epoch(), first.steps_per_epoch());
      ASSERT_EQ(share.batch(), first.batch());
      ASSERT_EQ(share.rows(), rows);
      ASSERT_EQ(share.models(), models);
      // Only a last step may have no rows.
      for (std::uint64_t i = 0; i + 1 < share.steps_per_epoch(); ++i) {
        ASSERT_GT(share.plan(i).rows, 0U);
      }
    }
  }
}

TEST(SamplerShares, the_last_step_of_a_smaller_share_may_have_no_rows) {
  const Sampler sampler(1, 5, 1, true, {2, 0});
  EXPECT_EQ(sampler.steps_per_epoch(), 3U);
  EXPECT_EQ(sampler.plan(2).rows, 1U);
  EXPECT_EQ(sampler.of_model(1).plan(2).rows, 0U);
  EXPECT_EQ(sampler.of_model(1).plan(3).rows, 1U) << "the next epoch begins anew";
}

TEST(SamplerShares, of_one_model_are_the_plain_sampler) {
  for (const std::uint32_t rows : {1U, 7U, 100U}) {
    for (const std::uint32_t batch : {1U, 3U, 64U, 200U}) {
      const Sampler plain(9, rows, batch, true);
      const Sampler one(9, rows, batch, true, {1, 0});
      ASSERT_EQ(one.steps_per_epoch(), plain.steps_per_epoch());
      for (std::uint64_t step = 0; step < 3 * plain.steps_per_epoch(); ++step) {
        ASSERT_EQ(one.plan(step).first, plain.plan(step).first);
        ASSERT_EQ(one.plan(step).rows, plain.plan(step).rows);
      }
      std::vector<std::uint32_t> order(rows);
      std::vector<std::uint32_t> plain_order(rows);
      one.epoch_order(4, order);
      plain.epoch_order(4, plain_order);
      ASSERT_EQ(order, plain_order);
    }
  }
}

// So that every round's rows are shared out anew.
TEST(SamplerShares, look_into_one_common_order) {
  const Sampler first(3, 40, 8, true, {4, 0});
  std::vector<std::uint32_t> order(40);
  std::vector<std::uint32_t> of_another(40);
  first.epoch_order(2, order);
  first.of_model(3).epoch_order(2, of_another);
  EXPECT_EQ(order, of_another);
  first.epoch_order(3, of_another);
  EXPECT_NE(order, of_another);
}

TEST(SamplerShares, rows_of_steps_are_those_of_all_shares) {
  for (const auto& [rows, batch, models] : cases()) {
    const Sampler sampler(7, rows, batch, true, {models, models - 1});
    std::uint64_t taken = 0;
    for (std::uint64_t steps = 0; steps <= sampler.steps_per_epoch(); ++steps) {
      ASSERT_EQ(sampler.rows_of_steps(steps), taken)
          << rows << " rows, batch " << batch << ", " << models << " models";
      if (steps == sampler.steps_per_epoch()) break;
      for (std::uint32_t m = 0; m < models; ++m) taken += sampler.of_model(m).plan(steps).rows;
    }
    ASSERT_EQ(taken, rows);
  }
}

TEST(SamplerSharesDeathTest, more_models_than_rows_are_our_own_mistake) {
  EXPECT_DEATH(Sampler(1, 3, 1, true, {4, 0}), "");
  EXPECT_DEATH(Sampler(1, 3, 1, true, {2, 2}), "");
}

}  // namespace
}  // namespace forknet::data
