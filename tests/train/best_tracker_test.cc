#include "train/best_tracker.h"

#include <gtest/gtest.h>

#include <limits>

namespace forknet::run {
namespace {

constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();

Evaluation figures(double loss, double accuracy) { return {10, loss, accuracy, {}, {}, {}}; }

TEST(BestTracker, follows_the_metric_that_the_config_names) {
  Config config;
  config.train.early_stop_patience = 2;
  ProgressState state;
  const BestTracker by_loss(config);
  EXPECT_EQ(by_loss.metric(), "validation/loss");
  state.step = 10;
  EXPECT_TRUE(by_loss.note(figures(1.0, 0.5), state));
  EXPECT_FALSE(by_loss.note(figures(1.0, 0.9), state)) << "a tie";
  EXPECT_FALSE(by_loss.patience_ended(state));
  state.step = 30;
  EXPECT_TRUE(by_loss.note(figures(0.5, 0.1), state));
  EXPECT_EQ(state.best_step, 30U);
  EXPECT_FALSE(by_loss.note(figures(0.6, 0.1), state));
  EXPECT_FALSE(by_loss.note(figures(0.7, 0.1), state));
  EXPECT_TRUE(by_loss.patience_ended(state));

  config.checkpoint.best = "validation/accuracy";
  const BestTracker by_accuracy(config);
  EXPECT_EQ(by_accuracy.metric(), "validation/accuracy");
  state = {};
  EXPECT_TRUE(by_accuracy.note(figures(1.0, 0.5), state));
  EXPECT_FALSE(by_accuracy.note(figures(0.1, 0.5), state));
  EXPECT_TRUE(by_accuracy.note(figures(2.0, 0.6), state));
}

TEST(BestTracker, keeps_the_best_model_where_training_stops_early_unless_told_otherwise) {
  Config config;
  EXPECT_FALSE(BestTracker(config).keeps_model());
  config.train.early_stop_patience = 2;
  EXPECT_TRUE(BestTracker(config).keeps_model());
  config.checkpoint.best = "off";
  EXPECT_FALSE(BestTracker(config).keeps_model());
  config.train.early_stop_patience = 0;
  config.checkpoint.best = "validation/loss";
  EXPECT_TRUE(BestTracker(config).keeps_model());
}

TEST(BestTracker, does_not_compare_values_of_the_metric_before_a_resume) {
  Config config;
  config.checkpoint.best = "validation/accuracy";
  ProgressState state;
  EXPECT_TRUE(BestTracker(config).note(figures(0.5, 0.9), state));
  config.checkpoint.best = "validation/loss";
  const BestTracker by_loss(config);
  EXPECT_TRUE(by_loss.note(figures(1.5, 0.8), state)) << "the first loss";
  EXPECT_FALSE(by_loss.note(figures(1.6, 0.99), state));
  EXPECT_TRUE(by_loss.note(figures(0.95, 0.1), state));
  EXPECT_EQ(state.best, 0.95);
}

TEST(BestTracker, what_is_not_finite_is_never_the_best) {
  Config config;
  config.checkpoint.best = "validation/loss";
  config.train.early_stop_patience = 3;
  const BestTracker tracker(config);
  ProgressState state;
  EXPECT_FALSE(tracker.note(figures(kNotANumber, 0.1), state));
  EXPECT_FALSE(tracker.note(figures(std::numeric_limits<double>::infinity(), 0.1), state));
  EXPECT_FALSE(state.best.has_value());
  EXPECT_TRUE(tracker.note(figures(100, 0.1), state));
  EXPECT_FALSE(tracker.note(figures(kNotANumber, 0.1), state));
  EXPECT_EQ(state.best, 100.0);
}

}  // namespace
}  // namespace forknet::run
