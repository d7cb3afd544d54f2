#include "train/trainer.h"

#include <gtest/gtest.h>

#include <cfenv>
#include <cmath>

#include "os/cpu.h"
#include "small_runs.h"

namespace forknet::run {
namespace {

TEST(Trainer, loader_threads_do_not_change_the_bits) {
  Config config = small_config();
  const std::string digest = trained(config).weights_digest;
  for (const int threads : {1, 4}) {
    config.data.loader_threads = threads;
    EXPECT_EQ(trained(config).weights_digest, digest) << threads << " threads";
  }
}

TEST(Trainer, a_preset_that_a_program_names_is_the_layout) {
  Config config = small_config();
  const TrainResult serial = trained(config);
  config.grid.preset = "threads";
  config.grid.replicas = 2;  // given as well
  config.grid.host = Host::thread;
  std::vector<std::string> notes;
  TrainOptions options;
  options.on_note = [&](const std::string& note) { notes.push_back(note); };
  const auto result = train(config, options);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->grid.threads, os::cpu_budget());
  EXPECT_EQ(result->grid.replicas, 2);
  EXPECT_EQ(result->weights_digest, serial.weights_digest);
  config.grid.preset = "thraeds";
  EXPECT_EQ(train(config).error().kind, ErrorKind::config);
}

TEST(Trainer, every_target_gives_the_same_bits) {
  for (const Precision precision : {Precision::fp32, Precision::fp64}) {
    Config config = small_config();
    config.numerics.precision = precision;
    const TrainResult reference = trained_on(config, math::Target::reference);
    for (const math::Target target : math::available_targets()) {
      const TrainResult result = trained_on(config, target);
      EXPECT_EQ(result.weights_digest, reference.weights_digest) << math::target_name(target);
      EXPECT_EQ(result.train.loss, reference.train.loss) << math::target_name(target);
      EXPECT_EQ(result.validation->loss, reference.validation->loss) << math::target_name(target);
    }
  }
}

TEST(Trainer, the_reference_kernels_of_the_config_give_the_same_bits) {
  Config config = small_config();
  const std::string digest = trained(config).weights_digest;
  config.numerics.kernels = KernelChoice::reference;
  EXPECT_EQ(trained(config).weights_digest, digest);
}

TEST(Trainer, settings_that_are_numerics_change_the_bits) {
  const std::string digest = trained(small_config()).weights_digest;
  Config other_seed = small_config();
  other_seed.run.seed = 2;
  EXPECT_NE(trained(other_seed).weights_digest, digest);
  Config other_leaf = small_config();
  other_leaf.train.leaf = 16;
  EXPECT_NE(trained(other_leaf).weights_digest, digest);
}

TEST(Trainer, the_floating_point_state_of_the_host_program_does_not_matter) {
  const TrainResult usual = trained(small_config());
  const Dataset data = dataset_of(clouds(40));
  const auto predicted = usual.model.predict(data);
  ASSERT_EQ(std::fesetround(FE_UPWARD), 0);
  const TrainResult odd = trained(small_config());
  const auto odd_predicted = usual.model.predict(data);
  const int after = std::fegetround();
  std::fesetround(FE_TONEAREST);
  EXPECT_EQ(after, FE_UPWARD);
  EXPECT_EQ(odd.weights_digest, usual.weights_digest);
  EXPECT_EQ(*odd_predicted, *predicted);
}

TEST(Trainer, data_of_a_program_trains_like_the_same_rows_in_a_config) {
  Config config = small_config();
  const std::string digest = trained(config).weights_digest;
  const Dataset data = dataset_of(config.data.train);
  config.data.train = {};
  const auto result = train(config, data);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->weights_digest, digest);
}

TEST(Trainer, learns_what_can_be_learnt) {
  Config config = small_config();
  config.data.test = clouds(90, 0, 2);
  config.train.epochs = 30;
  const TrainResult result = trained(config);
  EXPECT_EQ(result.state, TrainResult::State::finished);
  EXPECT_EQ(result.epochs, 30U);
  EXPECT_EQ(result.steps, 30U * 6);  // 161 rows in batches of 32
  EXPECT_GT(*result.train.accuracy, 0.9);
  EXPECT_GT(*result.validation->accuracy, 0.85);
  EXPECT_GT(*result.test->accuracy, 0.85);
  EXPECT_EQ(result.test->rows, 90U);
  EXPECT_EQ(result.model.digest(), result.weights_digest);
  EXPECT_NEAR(result.samples_per_second * result.train_seconds, 30 * 161, 1e-6);
}

TEST(Trainer, solves_exclusive_or_for_at_least_19_of_20_seeds) {
  const auto loaded = load_config(project_file("examples/xor.toml"));
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  Config config = *loaded;
  int solved = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    config.run.seed = seed;
    const Model model = trained(config).model;
    const std::vector<float> outputs = model.predict({{0, 0, 0, 1, 1, 0, 1, 1}}).value();
    const bool right =
        outputs[0] > 0.5F && outputs[3] > 0.5F && outputs[5] > 0.5F && outputs[6] > 0.5F;
    solved += right ? 1 : 0;
  }
  EXPECT_GE(solved, 19);
}

TEST(Trainer, regression_reports_errors_instead_of_accuracy) {
  Config config = small_config();
  for (std::size_t row = 0; row < config.data.train.target_rows.size(); ++row) {
    const auto& inputs = config.data.train.input_rows[row];
    config.data.train.target_rows[row] = {inputs[0] - inputs[1], inputs[2]};
  }
  config.model.layers = {dense(16, "tanh"), dense(2)};
  config.model.loss = "mse";
  config.train.epochs = 40;
  const TrainResult result = trained(config);
  EXPECT_FALSE(result.train.accuracy.has_value());
  EXPECT_GT(*result.validation->r2, 0.8);
  EXPECT_LT(*result.validation->mae, *result.validation->rmse);
}

TEST(Trainer, mse_on_class_labels_reports_the_accuracy_in_training_too_on_any_layout) {
  Config config = small_config();
  config.model.loss = "mse";
  config.model.layers.back().settings.set("activation", "sigmoid");
  config.train.epochs = 10;
  const Dataset data = dataset_of(config.data.train);
  config.data.train = {};
  std::vector<double> accuracies;
  for (const std::string channel : {"none", "shm", "pipe"}) {
    if (channel != "none") {
      config.grid.stages = config.grid.replicas = 2;
      config.grid.host = Host::thread;
      config.grid.channel = channel == "shm" ? "shm" : "pipe";
    }
    const TrainResult result = train(config, data).value();
    ASSERT_TRUE(result.train.accuracy.has_value());
    EXPECT_GT(*result.train.accuracy, 0.8);
    EXPECT_LE(*result.train.accuracy, 1.0);
    EXPECT_TRUE(result.validation->accuracy.has_value());
    accuracies.push_back(*result.train.accuracy);
  }
  EXPECT_EQ(accuracies, std::vector<double>(3, accuracies[0]));
}

// The same bits as with the rule named.
TEST(Trainer, first_weights_follow_from_what_is_learned) {
  const auto digest = [](Config config, const char* init) {
    config.model.init = init;
    config.train.epochs = 1;
    return trained(config).weights_digest;
  };
  Config config = small_config();
  EXPECT_EQ(digest(config, "auto"), digest(config, "he_normal"));
  config.model.loss = "mse";
  for (auto& row : config.data.train.target_rows) row = {row[0], 0.5, 1.0 - row[0]};
  EXPECT_EQ(digest(config, "auto"), digest(config, "glorot_uniform"));
}

TEST(Trainer, first_weights_for_class_labels_are_those_of_classes_whatever_the_loss) {
  Config config = small_config();
  config.model.loss = "mse";
  const Dataset data = dataset_of(config.data.train);
  config.data.train = {};
  const auto digest = [&](const char* init) {
    config.model.init = init;
    return train(config, data).value().weights_digest;
  };
  EXPECT_EQ(digest("auto"), digest("he_normal"));
}

TEST(Trainer, the_first_loss_of_ten_classes_is_ln_10_where_nothing_is_known) {
  Config config = small_config();
  config.model.layers = {dense(16, "relu"), dense(10)};
  config.model.init = "zeros";
  std::vector<double> losses;
  TrainOptions options;
  options.on_metrics = [&](const Metrics& metrics) { losses.push_back(metrics.loss); };
  (void)trained(config, options);
  EXPECT_NEAR(losses.front(), std::log(10.0), 1e-6);
}

TEST(Trainer, callbacks_see_every_step_and_epoch_in_order) {
  Config config = small_config();
  config.train.eval_every = 2;
  std::vector<std::uint64_t> steps;
  std::vector<bool> validated;
  TrainOptions options;
  options.on_metrics = [&](const Metrics& metrics) {
    EXPECT_EQ(metrics.steps, 18U);
    EXPECT_EQ(metrics.epochs, 3U);
    EXPECT_GT(metrics.learning_rate, 0.0);
    if (metrics.kind == Metrics::Kind::log) steps.push_back(metrics.step);
    if (metrics.kind != Metrics::Kind::epoch) return;
    EXPECT_EQ(metrics.step, 6 * metrics.epoch);
    validated.push_back(metrics.validation.has_value());
  };
  (void)trained(config, options);
  ASSERT_EQ(steps.size(), 18U);
  for (std::size_t i = 0; i < steps.size(); ++i) EXPECT_EQ(steps[i], i + 1);
  // Every second epoch, and the last.
  EXPECT_EQ(validated, (std::vector<bool>{false, true, true}));
}

TEST(Trainer, log_figures_are_means_over_the_steps_since_the_last) {
  Config config = small_config();
  std::vector<double> single;
  std::vector<double> triple;
  TrainOptions options;
  options.on_metrics = [&](const Metrics& metrics) {
    if (metrics.kind == Metrics::Kind::log) single.push_back(metrics.loss);
  };
  (void)trained(config, options);
  config.log.every = 3;
  options.on_metrics = [&](const Metrics& metrics) {
    if (metrics.kind == Metrics::Kind::log) triple.push_back(metrics.loss);
  };
  (void)trained(config, options);
  ASSERT_EQ(triple.size(), 6U);
  EXPECT_NEAR(triple[0], (single[0] + single[1] + single[2]) / 3, 1e-12);
  // The last batch of an epoch has one row.
  EXPECT_NEAR(triple[1], (32 * single[3] + 32 * single[4] + single[5]) / 65, 1e-12);
}

TEST(Trainer, a_loss_that_is_not_finite_is_a_divergence) {
  Config config = small_config();
  config.model.layers = {dense(20, "relu"), dense(kClasses)};
  config.optimizer = {};
  config.optimizer.type = "sgd";
  config.optimizer.lr = 1e30;
  const TrainResult result = trained(config);
  EXPECT_EQ(result.state, TrainResult::State::diverged);
  EXPECT_LT(result.steps, 18U);
  EXPECT_FALSE(std::isfinite(result.train.loss));
}

TEST(Trainer, stops_after_the_step_at_hand) {
  std::atomic<int> stop{0};
  TrainOptions options;
  options.stop = &stop;
  options.on_metrics = [&](const Metrics& metrics) {
    if (metrics.step == 7) stop = 15;
  };
  const TrainResult result = trained(small_config(), options);
  EXPECT_EQ(result.state, TrainResult::State::stopped);
  EXPECT_EQ(result.steps, 7U);
  EXPECT_EQ(result.epochs, 1U);
  EXPECT_FALSE(result.test.has_value());
}

TEST(Trainer, ends_when_the_accuracy_asked_for_is_reached) {
  Config config = small_config();
  config.train.epochs = 100;
  TrainOptions options;
  options.until_accuracy = 0.6;
  const TrainResult result = trained(config, options);
  EXPECT_EQ(result.state, TrainResult::State::finished);
  EXPECT_LT(result.epochs, 50U);
  EXPECT_GE(*result.validation->accuracy, 0.6);
}

TEST(Trainer, max_steps_ends_in_the_middle_of_an_epoch) {
  Config config = small_config();
  config.train.max_steps = 10;
  const TrainResult result = trained(config);
  EXPECT_EQ(result.state, TrainResult::State::finished);
  EXPECT_EQ(result.steps, 10U);
  EXPECT_EQ(result.epochs, 1U);
}

TEST(Trainer, the_weights_of_a_last_step_inside_an_epoch_are_validated) {
  Config config = small_config();
  config.data.validation = clouds(60, 0.8, 3);
  config.train.max_steps = 10;
  const TrainResult result = trained(config);
  const Evaluation last = result.model.evaluate(dataset_of(config.data.validation)).value();
  ASSERT_TRUE(result.validation);
  EXPECT_EQ(result.validation->loss, last.loss);
}

TEST(Trainer, a_batch_of_more_than_all_rows_is_all_rows) {
  Config config = small_config();
  config.train.batch = 161;
  const std::string digest = trained(config).weights_digest;
  config.train.batch = 5000;
  config.train.leaf = 8;
  EXPECT_EQ(trained(config).weights_digest, digest);
}

TEST(Trainer, what_the_data_cannot_serve_is_refused_before_training) {
  Config config = small_config();
  config.model.layers = {dense(2)};
  const auto few_outputs = train(config);
  ASSERT_FALSE(few_outputs.ok());
  const Dataset data = dataset_of(config.data.train);
  config = small_config();
  config.data.train = {};
  config.data.validation = {};
  config.train.early_stop_patience = 2;
  const auto unwatched = train(config, data);
  ASSERT_FALSE(unwatched.ok());
  EXPECT_EQ(unwatched.error().kind, ErrorKind::config);
  EXPECT_NE(unwatched.error().message.find("data.validation"), std::string::npos);
  config = small_config();
  config.data.train = {};
  config.data.test = clouds(10);
  const auto passed_over = train(config, data);
  ASSERT_FALSE(passed_over.ok());
  EXPECT_EQ(passed_over.error().kind, ErrorKind::config);
  EXPECT_NE(passed_over.error().message.find("data.test: must be a share"), std::string::npos);
}

}  // namespace
}  // namespace forknet::run
