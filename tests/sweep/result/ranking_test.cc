#include "sweep/result/ranking.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "sweep/result/sweep_json.h"

namespace forknet::sweep {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(Spread, of_several_values) {
  const Spread spread = spread_of({4, 1, 2, 5}).value();
  EXPECT_EQ(spread.runs, 4U);
  EXPECT_EQ(spread.mean, 3);
  EXPECT_EQ(spread.median, 3);
  EXPECT_EQ(spread.least, 1);
  EXPECT_EQ(spread.most, 5);
  EXPECT_DOUBLE_EQ(spread.deviation, std::sqrt(10.0 / 3));
}

TEST(Spread, of_one_value_and_of_none) {
  EXPECT_EQ(spread_of({7})->median, 7);
  EXPECT_EQ(spread_of({7})->deviation, 0);
  EXPECT_FALSE(spread_of({}));
}

TEST(By, is_a_metric_with_or_without_its_rows_or_the_time) {
  EXPECT_EQ(parse_by("time").value().name, "time");
  EXPECT_EQ(parse_by("loss").value().set, "");
  EXPECT_EQ(parse_by("test/accuracy").value().set, "test");
  for (const char* text : {"", "acuracy", "tests/loss", "test/", "/loss/x"}) {
    EXPECT_EQ(parse_by(text).error().kind, ErrorKind::usage) << text;
  }
}

Outcome outcome(std::map<std::string, double, std::less<>> figures, double seconds = 1) {
  Outcome result;
  result.figures = std::move(figures);
  result.train_seconds = seconds;
  return result;
}

TEST(Reached, goes_by_the_end_of_the_run_where_the_result_is_a_model_before_it) {
  Outcome early = outcome({{"validation/accuracy", 0.96}});
  EXPECT_TRUE(reached(early, 0.95));
  EXPECT_FALSE(reached(early, 0.97));
  early.accurate = true;
  EXPECT_TRUE(reached(early, 0.97));
}

// A plan of so many variants, each with so many seeds.
Plan plan_with(std::size_t variants, std::size_t seeds = 1) {
  Plan plan;
  plan.name = "r";
  plan.configs = {"r.toml"};
  plan.seeds = seeds;
  for (std::size_t variant = 0; variant < variants; ++variant) {
    plan.variants.push_back({"r.toml", {{"train.batch", std::to_string(variant)}}});
    for (std::size_t seed = 0; seed < seeds; ++seed) {
      Trial trial;
      trial.variant = variant;
      trial.seed = seed;
      plan.trials.push_back(trial);
    }
  }
  return plan;
}

std::vector<std::size_t> order_of(const Ranking& ranking) {
  std::vector<std::size_t> order;
  for (const Ranked& row : ranking.variants) order.push_back(row.variant);
  return order;
}

using Order = std::vector<std::size_t>;

TEST(Ranking, sorts_by_accuracy_of_validation_rows_with_what_has_no_result_last) {
  const std::vector<std::optional<Outcome>> outcomes = {
      std::nullopt, outcome({{"validation/accuracy", 0.5}, {"test/accuracy", 0.9}}),
      outcome({{"validation/accuracy", kNan}}), outcome({{"validation/accuracy", 0.7}})};
  const Ranking ranking = rank(plan_with(4), outcomes, {});
  EXPECT_EQ(ranking.metric, "validation/accuracy");
  EXPECT_TRUE(ranking.is_share);
  EXPECT_EQ(order_of(ranking), (Order{3, 1, 0, 2}));
}

TEST(Ranking, sorts_losses_upwards_and_falls_back_to_the_rows_there_are) {
  const std::vector<std::optional<Outcome>> outcomes = {
      outcome({{"test/loss", 2}, {"train/loss", 1}}), outcome({{"test/loss", 1}})};
  EXPECT_EQ(order_of(rank(plan_with(2), outcomes, {})), (Order{1, 0}));
  const Ranking by_train = rank(plan_with(2), outcomes, parse_by("train/loss").value());
  EXPECT_EQ(by_train.metric, "train/loss");
  EXPECT_EQ(order_of(by_train), (Order{0, 1}));
  EXPECT_EQ(rank(plan_with(2), outcomes, parse_by("loss").value()).metric, "test/loss");
}

TEST(Ranking, takes_the_median_of_the_seeds_and_counts_only_finished_runs) {
  std::vector<std::optional<Outcome>> outcomes;
  for (const double loss : {1.0, 2.0, 9.0, 3.0, 3.0, 3.0}) {
    outcomes.emplace_back(outcome({{"test/loss", loss}}));
  }
  const Ranking all = rank(plan_with(2, 3), outcomes, {});
  EXPECT_EQ(order_of(all), (Order{0, 1}));
  EXPECT_EQ(all.variants[0].value->median, 2);
  outcomes[1]->state = Outcome::State::diverged;
  outcomes[0]->state = Outcome::State::failed;
  const Ranking some = rank(plan_with(2, 3), outcomes, {});
  EXPECT_EQ(order_of(some), (Order{1, 0}));
  EXPECT_EQ(some.variants[1].finished, 1U);
  EXPECT_EQ(some.variants[1].value->median, 9);
}

TEST(Ranking, with_until_sorts_by_the_time_to_the_accuracy) {
  Plan plan = plan_with(3);
  plan.until_accuracy = 0.8;
  const std::vector<std::optional<Outcome>> outcomes = {outcome({{"test/accuracy", 0.85}}, 9),
                                                        outcome({{"test/accuracy", 0.79}}, 1),
                                                        outcome({{"test/accuracy", 0.8}}, 5)};
  const Ranking ranking = rank(plan, outcomes, {});
  EXPECT_EQ(order_of(ranking), (Order{2, 0, 1}));
  EXPECT_EQ(ranking.variants[0].until_seconds->median, 5);
  EXPECT_EQ(ranking.variants[2].reached, 0U);
  // Another order when it is asked for.
  EXPECT_EQ(order_of(rank(plan, outcomes, parse_by("time").value())), (Order{1, 2, 0}));
  EXPECT_EQ(order_of(rank(plan, outcomes, parse_by("accuracy").value())), (Order{0, 2, 1}));
}

TEST(SweepJson, is_one_line_that_says_what_became_of_every_run) {
  Plan plan = plan_with(2);
  plan.trials[1].fault = Error{ErrorKind::config, "no\nsuch key"};
  const std::atomic<int> stop = 0;
  const Sweep sweep(plan, stop);
  const std::string line = sweep_json(sweep, rank(sweep, {}));
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto object = nlohmann::json::parse(line);
  EXPECT_EQ(object["name"], "r");
  EXPECT_TRUE(object["metric"].is_null());
  EXPECT_EQ(object["variants"][0]["runs"][0]["state"], "waits");
  EXPECT_EQ(object["variants"][1]["settings"]["train.batch"], "1");
  EXPECT_EQ(object["variants"][1]["runs"][0]["error"]["exit_code"], 3);
}

TEST(Sweep, begins_a_run_beside_others_where_there_is_memory_for_it) {
  EXPECT_TRUE(fits_memory(1000, std::nullopt));
  EXPECT_TRUE(fits_memory(1000, 1251));
  EXPECT_FALSE(fits_memory(1000, 1250));
}

TEST(Sweep, takes_no_more_runs_at_a_time_than_their_threads_fit_the_cpus) {
  Plan plan = plan_with(3);
  EXPECT_EQ(most_at_a_time(plan, 8), 3U);  // of three runs
  EXPECT_EQ(most_at_a_time(plan, 2), 2U);
  plan.trials[1].threads = 3;
  EXPECT_EQ(most_at_a_time(plan, 8), 2U);
  EXPECT_EQ(most_at_a_time(plan, 2), 1U);
}

}  // namespace
}  // namespace forknet::sweep
