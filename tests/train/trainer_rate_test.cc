// Learning rates that follow the validation results, and limits of the gradient.
#include <gtest/gtest.h>

#include <cmath>
#include <variant>

#include "small_runs.h"
#include "train/model/model_state.h"

namespace forknet::run {
namespace {

// Labels that nothing can learn: the validation loss rises soon.
Config plateau_config() {
  Config config = small_config();
  config.data.train = clouds(201, 1.0);
  config.model.layers = {dense(40, "relu"), dense(kClasses)};
  config.train.epochs = 20;
  config.optimizer.schedule = "plateau";
  config.optimizer.settings = {{"patience", 2}, {"decay_rate", 0.5}};
  return config;
}

struct SeenRates {
  std::vector<double> by_step;
  std::vector<double> losses;  // of the validation, by epoch
  TrainOptions options;
  SeenRates() {
    options.on_metrics = [this](const Metrics& metrics) {
      if (metrics.kind == Metrics::Kind::log) by_step.push_back(metrics.learning_rate);
      if (metrics.validation) losses.push_back(metrics.validation->loss);
    };
  }
};

TEST(TrainerRate, falls_at_the_step_after_the_evaluation_that_ended_patience) {
  const Config config = plateau_config();
  SeenRates seen;
  const TrainResult result = trained(config, seen.options);
  EXPECT_EQ(result.steps, 120U);
  ASSERT_EQ(seen.losses.size(), 20U);
  double rate = config.optimizer.lr;
  double best = seen.losses[0];
  int worse = 0;
  int falls = 0;
  for (std::size_t epoch = 1; epoch < 20; ++epoch) {
    for (std::size_t step = 6 * epoch; step < 6 * epoch + 6; ++step) {
      EXPECT_EQ(seen.by_step[step], rate) << step;
    }
    worse = seen.losses[epoch] < best * (1 - 1e-4) ? 0 : worse + 1;
    if (worse == 0) best = seen.losses[epoch];
    if (worse < 2) continue;
    worse = 0;
    rate *= 0.5;
    ++falls;
  }
  EXPECT_GE(falls, 3);
}

TEST(TrainerRate, that_follows_the_validation_has_the_same_bits_in_every_layout) {
  Config config = plateau_config();
  const std::string digest = trained(config).weights_digest;
  config.optimizer.schedule = "constant";
  EXPECT_NE(trained(config).weights_digest, digest);
  config.optimizer.schedule = "plateau";
  config.grid.host = Host::thread;
  config.grid.replicas = 2;
  EXPECT_EQ(trained(config).weights_digest, digest);
  config.grid.stages = 2;
  config.grid.channel = "pipe";
  EXPECT_EQ(trained(config).weights_digest, digest);
}

TEST(TrainerRate, without_validation_data_is_refused) {
  Config config = plateau_config();
  config.data.validation = {};
  const auto refused = train(config);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::config);
  EXPECT_NE(refused.error().message.find("\"plateau\" follows the validation loss"),
            std::string::npos)
      << refused.error().message;
}

TEST(TrainerRate, a_step_of_sgd_is_as_long_as_the_largest_norm_times_the_rate) {
  Config config = small_config();
  config.model.layers = {dense(kClasses)};
  config.model.init = "zeros";
  config.optimizer = sgd(1.0);
  config.optimizer.schedule = "constant";
  config.train.max_steps = 1;
  config.train.clip_norm = 0.125;
  config.numerics.precision = Precision::fp64;
  const TrainResult result = trained(config);
  double squares = 0;  // the first weights are zero
  const ModelState& model = ModelInternals::state(result.model);
  for (const double weight : std::get<store::Weights<double>>(model.weights).parameters()) {
    squares += weight * weight;
  }
  EXPECT_NEAR(std::sqrt(squares), 0.125, 1e-12);
}

}  // namespace
}  // namespace forknet::run
