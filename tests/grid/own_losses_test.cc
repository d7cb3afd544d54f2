// Losses of a program's own in every kind of layout: the same bits, through a resume and in model
// files. Cells in processes are this program again, which registers them before main.
#include "own_losses.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "grid/traces.h"
#include "sessions.h"
#include "store/safetensors.h"
#include "train/model/model_file.h"

namespace forknet::run {
namespace {

const bool kRegistered = register_own_losses();

// 20 units and targets: a row lies in two panels.
Config quantile_config() {
  Config config = small_config();
  config.model.layers = {dense(70, "relu"), dropout(0.2), dense(20, "tanh")};
  for (auto& targets : config.data.train.target_rows) {
    const double label = targets[0];
    targets.assign(20, 0.25 * label);
    targets[static_cast<std::size_t>(label)] = 1;
  }
  config.model.loss = "own_quantile_loss";
  config.model.settings = {{"own_quantile", 0.3}};
  return config;
}

Config entropy_config() {
  Config config = small_config();
  config.model.loss = "own_entropy";
  return config;
}

using OwnLossRuns = SessionFixture;

TEST(OwnLossLayouts, end_on_the_same_bits_in_threads_processes_and_behind_pipes) {
  ASSERT_TRUE(kRegistered);
  for (Config config : {quantile_config(), entropy_config()}) {
    const Trace serial = trace_of(config);
    const auto expect_same = [&](Host host, std::string_view channel, std::int64_t stages,
                                 std::int64_t replicas, std::int64_t threads) {
      Config grid = config;
      grid.grid.host = host;
      grid.grid.channel = channel;
      grid.grid.stages = stages;
      grid.grid.replicas = replicas;
      grid.grid.threads = threads;
      EXPECT_EQ(trace_of(grid), serial)
          << config.model.loss << " " << int{host == Host::process} << int{channel == "pipe"} << " "
          << stages << replicas << threads;
    };
    expect_same(Host::thread, "shm", 1, 1, 3);
    expect_same(Host::thread, "shm", 2, 2, 2);
    expect_same(Host::thread, "shm", 1, 1, GridConfig::kNeurons);
    expect_same(Host::thread, "pipe", 2, 2, 1);
    expect_same(Host::process, "shm", 2, 2, 1);
    expect_same(Host::process, "pipe", 2, 2, 1);
    config.numerics.precision = Precision::fp64;
    Config pair = config;
    pair.grid.replicas = 2;
    EXPECT_EQ(trace_of(pair), trace_of(config));
  }
}

TEST(OwnLossLayouts, a_setting_changes_the_answer_and_one_that_no_loss_has_is_refused) {
  Config config = quantile_config();
  const std::string digest = trained(config).weights_digest;
  config.model.settings = {{"own_quantile", 0.5}};
  EXPECT_NE(trained(config).weights_digest, digest);
  config.model.settings = {};  // its default
  const std::string half = trained(config).weights_digest;
  config.model.settings = {{"own_quantile", 0.5}};
  EXPECT_EQ(trained(config).weights_digest, half);
  config.model.settings = {{"own_quantile", 1.5}};
  EXPECT_NE(validate(config).error().message.find("model.own_quantile"), std::string::npos);
  config.model.settings = {{"quantil", 0.5}};
  EXPECT_NE(validate(config).error().message.find("model.quantil is not a setting of any loss"),
            std::string::npos);
}

TEST_F(OwnLossRuns, a_stopped_run_resumes_to_the_same_weights_in_another_layout) {
  Config config = quantile_config();
  config.run.dir = runs_;
  const std::string undisturbed = trained(config).weights_digest;
  const SessionResult stopped = start(config, stopping_at(7));
  EXPECT_EQ(stopped.result->steps, 7U);
  Overrides overrides;
  overrides.sets = {"grid.host=process", "grid.replicas=2"};
  const SessionResult resumed = resume(stopped.folder, overrides);
  EXPECT_EQ(resumed.result->weights_digest, undisturbed);
}

TEST_F(OwnLossRuns, the_model_file_keeps_the_settings_and_the_link) {
  Config config = quantile_config();
  config.run.dir = runs_;
  const Dataset data = dataset_of(clouds(50));
  const SessionResult numbers = start(config, watching());
  const os::FilePath path = RunPaths{numbers.folder}.model();
  const auto loaded = Model::load(path.text());
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(loaded->evaluate(data)->loss, numbers.result->model.evaluate(data)->loss);
  const auto file = store::SafetensorsFile::open(path).value();
  const auto described = nlohmann::json::parse(file.metadata().at(kModelKey));
  EXPECT_EQ(described["loss"], "own_quantile_loss");
  EXPECT_EQ(described["loss_settings"], nlohmann::json({{"own_quantile", 0.3}}));

  config = entropy_config();
  config.run.dir = runs_;
  const SessionResult classes = start(config, watching());
  const Model model = Model::load(RunPaths{classes.folder}.model().text()).value();
  const std::vector<float> probabilities = model.predict(data).value();
  for (std::size_t row = 0; row < 50; ++row) {
    float sum = 0;
    for (std::size_t c = 0; c < kClasses; ++c) sum += probabilities[row * kClasses + c];
    EXPECT_NEAR(sum, 1, 1e-5);
  }
  EXPECT_GT(model.evaluate(data)->accuracy.value_or(0), 0.8);
}

}  // namespace
}  // namespace forknet::run
