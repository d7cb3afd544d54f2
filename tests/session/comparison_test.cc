#include "session/comparison.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "small_runs.h"

namespace forknet::run {
namespace {

Result<Resolved> small_settings(const std::string& grid) {
  Config config = small_config();
  config.grid.preset = grid;
  config.grid.host = Host::thread;
  if (grid == "threads") config.grid.threads = 3;
  if (grid == "replicas") config.grid.replicas = 2;
  if (grid == "pipeline") return Error{ErrorKind::config, "not built"};
  if (grid == "another seed") config.run.seed = 2;
  return Resolved{config, {}, {"note of " + grid}};
}

TEST(Comparison, layouts_agree_and_are_measured_against_the_first) {
  std::vector<std::string> heard;
  TrainOptions options;
  options.on_note = [&](const std::string& note) { heard.push_back(note); };
  const auto comparison =
      compare_grids({"serial", "threads", "replicas"}, small_settings, options,
                    [&](const ComparedRun& run) { heard.push_back(run.grid.preset); })
          .value();
  ASSERT_EQ(comparison.runs.size(), 3U);
  EXPECT_TRUE(comparison.agrees());
  EXPECT_FALSE(comparison.stopped);
  const ComparedRun& first = comparison.runs[0];
  EXPECT_EQ(first.speed_up, 1.0);
  EXPECT_EQ(first.efficiency, 1.0);
  for (const ComparedRun& run : comparison.runs) {
    EXPECT_EQ(run.weights_digest, first.weights_digest) << run.grid.preset;
    EXPECT_EQ(run.speed_up, run.samples_per_second / first.samples_per_second);
  }
  EXPECT_EQ(comparison.runs[1].efficiency, comparison.runs[1].speed_up / 3);
  EXPECT_EQ(heard, (std::vector<std::string>{"note of serial", "note of threads",
                                             "note of replicas", "serial", "threads", "replicas"}));
}

TEST(Comparison, another_result_is_seen) {
  const auto comparison =
      compare_grids({"serial", "another seed", "threads"}, small_settings, {}, nullptr).value();
  EXPECT_FALSE(comparison.agrees());
  EXPECT_EQ(comparison.runs[1].same_bits, false);
  EXPECT_EQ(comparison.runs[2].same_bits, true);
  const auto json = nlohmann::json::parse(comparison_json(comparison));
  EXPECT_FALSE(json["same_bits"].get<bool>());
  EXPECT_EQ(json["runs"].size(), 3U);
  EXPECT_EQ(json["runs"][2]["layout"]["threads_total"].get<int>(), 3);
}

TEST(Comparison, settings_are_checked_before_anything_is_trained) {
  int trained = 0;
  const auto comparison = compare_grids({"serial", "pipeline"}, small_settings, {},
                                        [&](const ComparedRun&) { ++trained; });
  ASSERT_FALSE(comparison.ok());
  EXPECT_EQ(comparison.error().message, "not built");
  EXPECT_EQ(trained, 0);
}

TEST(Comparison, a_loss_that_is_not_finite_is_told) {
  const auto wild = [](const std::string& grid) {
    Result<Resolved> settings = small_settings(grid);
    settings->config.optimizer.type = OptimizerType::sgd;
    settings->config.optimizer.lr = 1e30;
    settings->config.optimizer.schedule = LearningRateSchedule::constant;
    settings->config.optimizer.warmup_steps = 0;
    settings->config.model.layers = {dense(20, "relu"), dense(kClasses)};
    return settings;
  };
  const auto comparison = compare_grids({"serial", "threads"}, wild, {}, nullptr).value();
  EXPECT_TRUE(comparison.diverged());
  EXPECT_TRUE(comparison.agrees());
}

TEST(Comparison, a_stop_leaves_what_is_whole) {
  std::atomic<int> stop{0};
  TrainOptions options;
  options.stop = &stop;
  const auto comparison =
      compare_grids({"serial", "threads"}, small_settings, options, [&](const ComparedRun&) {
        stop = 2;
      }).value();
  EXPECT_TRUE(comparison.stopped);
  EXPECT_EQ(comparison.runs.size(), 1U);
}

}  // namespace
}  // namespace forknet::run
