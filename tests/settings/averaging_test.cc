#include "settings/averaging.h"

#include <gtest/gtest.h>

#include <cmath>

#include "settings/resume.h"
#include "settings/testing.h"
#include "settings/write.h"

namespace forknet::run::testing {
namespace {

Config apart(std::int64_t models, const std::string& type, double rate, std::int64_t batch) {
  Config config;
  config.grid.sync = Sync::average;
  config.grid.models = models;
  config.optimizer.type = type;
  config.optimizer.lr = rate;
  config.train.batch = batch;
  return config;
}

TEST(Averaging, models_share_the_batch_in_whole_rows) {
  const auto rows = [](std::int64_t models, std::int64_t batch) {
    return train_of_model(apart(models, "adam", 0.001, batch)).batch;
  };
  EXPECT_EQ(rows(4, 128), 32);
  EXPECT_EQ(rows(1, 127), 127);
  EXPECT_EQ(rows(3, 128), 43);
  EXPECT_EQ(rows(3, 127), 42);
  EXPECT_EQ(rows(4, 6), 2) << "a half goes up";
  EXPECT_EQ(rows(8, 2), 1) << "no model without rows";
  Config open = apart(0, "adam", 0.001, 128);
  open.grid.replicas = 4;
  EXPECT_EQ(train_of_model(open).batch, 32);
}

TEST(Averaging, a_batch_for_each_model_and_a_run_that_sums_gradients_are_left_alone) {
  Config config = apart(4, "adam", 0.001, 128);
  config.average.batch = AverageBatch::each;
  EXPECT_EQ(train_of_model(config).batch, 128);
  EXPECT_EQ(rate_factor(config), 1.0);
  config = apart(4, "adam", 0.001, 128);
  config.grid.sync = Sync::step;
  EXPECT_EQ(train_of_model(config).batch, 128);
  EXPECT_EQ(rate_factor(config), 1.0);
  settle_average(config);
  EXPECT_EQ(config.grid.average_every, GridConfig::kAuto);
  EXPECT_TRUE(average_notes(config).empty());
}

TEST(Averaging, adam_alone_takes_a_rate_that_grows_with_the_root_of_the_models) {
  EXPECT_EQ(rate_factor(apart(4, "adam", 0.001, 128)), 2.0);
  EXPECT_EQ(rate_factor(apart(8, "adam", 0.001, 128)), std::sqrt(8.0));
  EXPECT_EQ(rate_factor(apart(1, "adam", 0.001, 128)), 1.0);
  EXPECT_EQ(rate_factor(apart(4, "momentum", 0.1, 128)), 1.0);
  EXPECT_EQ(rate_factor(apart(4, "sgd", 0.1, 128)), 1.0);
}

TEST(Averaging, automatic_rounds_follow_from_rate_momentum_batch_and_models) {
  const auto steps = [](std::int64_t models, const std::string& type, double rate,
                        std::int64_t batch) {
    return steps_between_averages(apart(models, type, rate, batch));
  };
  // 0.2 * (1 - 0.9) * batch / (models * lr)
  EXPECT_EQ(steps(4, "momentum", 0.1, 128), 6);
  EXPECT_EQ(steps(4, "momentum", 0.01, 128), 64);
  EXPECT_EQ(steps(8, "momentum", 0.1, 64), 2);
  EXPECT_EQ(steps(4, "sgd", 0.1, 128), 64) << "its momentum does not count";
  EXPECT_EQ(steps(8, "momentum", 50, 64), 1);
  EXPECT_EQ(steps(2, "momentum", 1e-300, 64), kMostStepsApart);
  EXPECT_EQ(steps(4, "adam", 0.001, 128), 25);
  EXPECT_EQ(steps(4, "adam", 0.001, 64), 25) << "adam's steps know no batch";
  EXPECT_EQ(steps(4, "adam", 10, 64), 1);
  EXPECT_EQ(steps(4, "adam", 1e-9, 64), kMostStepsApart);
}

TEST(Averaging, what_is_set_is_not_automatic) {
  Config config = apart(4, "momentum", 0.1, 128);
  for (const std::int64_t every : {std::int64_t{7}, GridConfig::kEpoch, GridConfig::kEnd}) {
    config.grid.average_every = every;
    EXPECT_EQ(steps_between_averages(config), every);
  }
}

TEST(Averaging, outer_momentum_is_none_unless_it_is_asked_for) {
  AverageConfig average;
  EXPECT_EQ(outer_momentum(average, 8), 0.0);
  average.outer_momentum = 0.3;
  EXPECT_EQ(outer_momentum(average, 2), 0.3);
  average = {};
  average.batch = AverageBatch::each;
  EXPECT_EQ(outer_momentum(average, 8), 0.5);
  EXPECT_EQ(outer_momentum(average, 7), 0.0);
}

TEST(Averaging, a_batch_that_models_do_not_divide_is_told) {
  EXPECT_TRUE(average_notes(apart(4, "adam", 0.001, 128)).empty());
  const auto notes = average_notes(apart(3, "adam", 0.001, 128));
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0],
            "grid.models = 3 do not divide train.batch = 128: each model takes 43 rows a step, all "
            "together 129");
}

// models * lr / ((1 - momentum) * batch) from 0.015 on.
TEST(Averaging, averages_of_epochs_that_are_too_far_apart_are_warned_of) {
  const auto notes = [](std::int64_t models, const std::string& type, double rate,
                        std::int64_t every) {
    Config config = apart(models, type, rate, 128);
    config.grid.average_every = every;
    return average_notes(config);
  };
  constexpr auto kMomentum = "momentum";
  EXPECT_TRUE(notes(4, kMomentum, 0.047, GridConfig::kEpoch).empty());
  const auto told = notes(4, kMomentum, 0.05, GridConfig::kEpoch);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].find("warning: grid.average_every = \"epoch\" leaves 4 models apart"), 0U);
  EXPECT_NE(told[0].find("is 0.0156; from 0.015 on"), std::string::npos) << told[0];
  EXPECT_NE(told[0].find("\"auto\" (here 13 steps)"), std::string::npos) << told[0];
  EXPECT_LE(lines_of(told[0]), 6);
  EXPECT_EQ(notes(4, kMomentum, 0.05, GridConfig::kEnd).size(), 1U);
  EXPECT_TRUE(notes(4, kMomentum, 0.05, GridConfig::kAuto).empty());
  EXPECT_TRUE(notes(4, kMomentum, 0.05, 100).empty());
  EXPECT_TRUE(notes(1, kMomentum, 5, GridConfig::kEpoch).empty()) << "one model leaves no other";
  EXPECT_TRUE(notes(4, "adam", 5, GridConfig::kEpoch).empty());
  Config each = apart(4, kMomentum, 0.05, 128);
  each.grid.average_every = GridConfig::kEpoch;
  each.average.batch = AverageBatch::each;
  EXPECT_EQ(average_notes(each).size(), 1U) << "by the same formula";
}

const std::vector<std::string> kApart = {"grid.sync=average", "grid.models=4",
                                         "optimizer.type=momentum", "optimizer.lr=0.1"};

TEST(Averaging, what_is_automatic_is_written_down_as_what_it_comes_to) {
  const Resolved first = resolve_text(kSmall, "c", {{}, {}, kApart}).value();
  EXPECT_EQ(first.config.grid.average_every, 6);
  EXPECT_EQ(setting_of(first, "grid.average_every").value, "6");
  const Resolved again = resolve_resume(resolved_text(first), "c", {}).value();
  EXPECT_EQ(again.config.grid.average_every, 6);
  EXPECT_TRUE(again.notes.empty());
  // As a reload leaves it: another rate, the same rounds.
  const Overrides hotter = {{}, {{"reload", "optimizer.lr", "0.2"}}, {}};
  EXPECT_EQ(resolve_text(resolved_text(first), "c", hotter).value().config.grid.average_every, 6);
  Overrides as_written = {{}, {}, kApart};
  as_written.settles = false;
  EXPECT_EQ(resolve_text(kSmall, "c", as_written).value().config.grid.average_every,
            GridConfig::kAuto);
}

TEST(Averaging, notes_and_warnings_reach_the_user) {
  std::vector<std::string> sets = kApart;
  sets.insert(sets.end(), {"grid.average_every=epoch", "grid.models=5"});
  const auto notes = resolve_text(kSmall, "c", {{}, {}, sets}).value().notes;
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_NE(notes[0].find("do not divide"), std::string::npos);
  EXPECT_NE(notes[1].find("warning"), std::string::npos);
}

// Before average.batch there was, models took train.batch rows each.
TEST(Averaging, a_resume_of_an_older_version_keeps_its_batches) {
  const std::string older = std::string(kSmall) +
                            "[grid]\nsync = \"average\"\nmodels = 8\naverage_every = \"epoch\"\n"
                            "[average]\nouter_momentum = \"auto\"\n";
  const Resolved resumed = resolve_resume(older, "c", {}).value();
  EXPECT_EQ(resumed.config.average.batch, AverageBatch::each);
  EXPECT_EQ(resumed.config.grid.average_every, GridConfig::kEpoch);
  EXPECT_EQ(outer_momentum(resumed.config.average, 8), 0.5);
  const auto changed = resolve_resume(older, "c", {{}, {}, {"average.batch=shared"}});
  ASSERT_FALSE(changed.ok());
  EXPECT_NE(changed.error().message.find("was started with \"each\""), std::string::npos)
      << changed.error().message;
  // As a config of a new run it says nothing of batches: what is new holds.
  EXPECT_EQ(resolve_text(older, "c", {}).value().config.average.batch, AverageBatch::shared);
  const Resolved other = resolve_resume(kSmall, "c", {}).value();
  EXPECT_EQ(other.config.average.batch, AverageBatch::shared) << "it averages nothing";
}

}  // namespace
}  // namespace forknet::run::testing
