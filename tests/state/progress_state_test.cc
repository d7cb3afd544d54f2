#include "state/progress_state.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "nn/metrics/list.h"

namespace forknet::run {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

ProgressState full_state() {
  ProgressState state;
  state.step = (1ULL << 53) + 1;
  state.epochs_closed = 3;
  state.epoch = {0.1 + 0.2, 7, 11};
  state.interval = {1.0 / 3, 1, 2, 0.7, 0.1};
  state.last_epoch = {100, 2.0 / 3, 0.5, std::nullopt, std::nullopt, std::nullopt};
  state.validation = {10, 1e-300, std::nullopt, 0.25, 0.125, -0.5};
  state.validation->set("roc_auc", 2.0 / 7);
  state.best = 5e-324;
  state.best_step = 12;
  state.evaluations_since_best = 2;
  state.best_validation = {10, 5e-324, 0.75, std::nullopt, std::nullopt, std::nullopt};
  state.best_digest.fill('7');
  state.schedule = {0.1, 3};
  state.reached = true;
  state.accurate = true;
  state.train_seconds = 1.1;
  return state;
}

TEST(ProgressState, comes_back_to_the_last_bit) {
  const ProgressState state = full_state();
  const auto again = parse_progress(to_json(state));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(to_json(*again), to_json(state));
  EXPECT_EQ(again->step, state.step);
  EXPECT_EQ(again->epoch.loss, state.epoch.loss);
  EXPECT_EQ(again->epoch.correct, 7U);
  EXPECT_EQ(again->epoch.weight, 0.0);
  EXPECT_EQ(again->interval.loss, state.interval.loss);
  EXPECT_EQ(again->interval.weight, 0.7);
  EXPECT_EQ(again->interval.correct_weight, 0.1);
  EXPECT_EQ(again->last_epoch.loss, state.last_epoch.loss);
  EXPECT_EQ(again->validation->loss, 1e-300);
  EXPECT_EQ(again->validation->r2, -0.5);
  EXPECT_FALSE(again->validation->accuracy.has_value());
  EXPECT_EQ(again->validation->value("roc_auc"), 2.0 / 7);
  EXPECT_EQ(again->best, 5e-324);
  EXPECT_EQ(again->best_validation->accuracy, 0.75);
  EXPECT_EQ(again->best_digest, state.best_digest);
  EXPECT_EQ(again->schedule, state.schedule);
  EXPECT_TRUE(again->reached);
  EXPECT_TRUE(again->accurate);
  EXPECT_EQ(again->train_seconds, 1.1);
  const auto empty = parse_progress(to_json(ProgressState()));
  ASSERT_TRUE(empty.has_value());
  EXPECT_FALSE(empty->best.has_value());
  EXPECT_FALSE(empty->validation.has_value());
  EXPECT_EQ(empty->best_digest, ProgressState().best_digest);
  EXPECT_EQ(empty->schedule, ScheduleMemory());
}

TEST(ProgressState, of_an_older_version_kept_a_model_without_its_digest) {
  auto older = nlohmann::json::parse(to_json(full_state()));
  for (const char* key : {"best_digest", "best_validation", "schedule"}) older.erase(key);
  const auto state = parse_progress(older.dump());
  ASSERT_TRUE(state.has_value());
  EXPECT_EQ(state->best_digest[0], kUnknownDigest);
  EXPECT_EQ(parse_progress(to_json(*state))->best_digest[0], kUnknownDigest);
  EXPECT_EQ(state->best, 5e-324);
}

TEST(ProgressState, the_metric_of_the_best_value_is_known_by_its_name) {
  ProgressState state = full_state();
  EXPECT_FALSE(nlohmann::json::parse(to_json(state)).contains("best_metric"));
  state.best_metric = static_cast<std::uint32_t>(nn::place_of(*nn::find_metric("f1")) + 1);
  EXPECT_EQ(nlohmann::json::parse(to_json(state))["best_metric"], "f1");
  EXPECT_EQ(parse_progress(to_json(state))->best_metric, state.best_metric);
}

TEST(ProgressState, figures_that_are_not_finite_do_not_cost_the_checkpoint) {
  ProgressState state = full_state();
  state.validation->loss = kNaN;
  state.validation->rmse = std::numeric_limits<double>::infinity();
  const auto again = parse_progress(to_json(state));
  ASSERT_TRUE(again.has_value());
  EXPECT_TRUE(std::isnan(again->validation->loss));
  EXPECT_TRUE(std::isnan(*again->validation->rmse));
}

TEST(ProgressState, what_lacks_a_part_is_not_read) {
  const auto whole = nlohmann::json::parse(to_json(full_state()));
  for (const auto& [key, value] : whole.items()) {
    if (key == "best") continue;  // may be absent
    const bool newer =
        key == "schedule" || key == "best_digest" || key == "best_validation" || key == "accurate";
    auto part = whole;
    part.erase(key);
    EXPECT_EQ(parse_progress(part.dump()).has_value(), newer) << key;
    part = whole;
    part[key] = "a word";
    const bool read = key == "validation" || key == "best_digest" || key == "best_validation";
    EXPECT_EQ(parse_progress(part.dump()).has_value(), read) << key;
  }
  for (const char* text : {"", "nothing", "[]", "null", "{}", "{\"step\":-1}"}) {
    EXPECT_FALSE(parse_progress(text).has_value()) << text;
  }
}

TEST(Tally, means_are_over_rows) {
  Tally tally;
  tally.add({3.0, 2, 4});
  tally.add({1.0, 1, 1});
  const Evaluation classes = tally.means(true);
  EXPECT_EQ(classes.rows, 5U);
  EXPECT_DOUBLE_EQ(classes.loss, 0.8);
  EXPECT_DOUBLE_EQ(*classes.accuracy, 0.6);
  EXPECT_FALSE(tally.means(false).accuracy.has_value());
  EXPECT_EQ(Tally().means(true).loss, 0.0);
}

TEST(Tally, means_of_weighted_rows_are_over_their_weights) {
  Tally tally;
  tally.add({3.0, 2, 4, 6.0, 2.5});
  tally.add({1.0, 1, 1, 2.0, 0.5});
  const Evaluation classes = tally.means(true);
  EXPECT_EQ(classes.rows, 5U);
  EXPECT_EQ(classes.loss, 0.5);
  EXPECT_EQ(*classes.accuracy, 3.0 / 8);
}

}  // namespace
}  // namespace forknet::run
