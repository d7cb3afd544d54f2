#include "session/worker_counts.h"

#include <gtest/gtest.h>

#include "settings/layout.h"
#include "settings/presets.h"
#include "small_runs.h"

namespace forknet::run {
namespace {

constexpr int kCpusOfCounts = 8;

nn::ModelPlan model_of_counts() { return nn::plan_model(small_config().model, kFeatures).value(); }

// What a config leaves open, and its preset, on eight CPUs.
std::optional<OpenCount> open_of(Config config) {
  std::vector<std::string> notes;
  config = with_preset(config, kCpusOfCounts, notes);
  const std::size_t batch = static_cast<std::size_t>(config.train.batch);
  return open_count(config, layout_of(config.grid, model_of_counts(), batch).value(),
                    kCpusOfCounts);
}

Config config_of_preset(const std::string& preset) {
  Config config = small_config();
  config.grid.preset = preset;
  return config;
}

TEST(OpenCount, presets_of_one_memory_leave_their_workers_open) {
  EXPECT_EQ(open_of(config_of_preset("threads")), (OpenCount{"grid.threads", kCpusOfCounts}));
  EXPECT_EQ(open_of(config_of_preset("replicas")), (OpenCount{"grid.replicas", 4}))
      << "leaves of a batch";
}

TEST(OpenCount, processes_stages_neurons_and_models_that_train_apart_stay) {
  for (const char* preset :
       {"serial", "processes", "pipeline", "layers", "averaging", "children"}) {
    EXPECT_EQ(open_of(config_of_preset(preset)), std::nullopt) << preset;
  }
}

TEST(OpenCount, a_number_that_is_given_stays) {
  Config config = config_of_preset("serial");
  config.grid.threads = 2;
  EXPECT_EQ(open_of(config), std::nullopt);
  config = config_of_preset("threads");
  config.grid.threads = 3;
  EXPECT_EQ(open_of(config), std::nullopt);
  config = config_of_preset("replicas");
  config.grid.replicas = 3;
  EXPECT_EQ(open_of(config), std::nullopt);
  config = config_of_preset("replicas");
  config.grid.host = Host::process;  // the default: the preset's holds
  EXPECT_EQ(open_of(config), (OpenCount{"grid.replicas", 4}));
  config.grid.channel = "pipe";
  EXPECT_EQ(open_of(config), std::nullopt) << "cells of their own memory";
}

TEST(OpenCount, a_number_that_a_program_changes_after_the_preset_stays) {
  std::vector<std::string> notes;
  Config config = with_preset(config_of_preset("threads"), kCpusOfCounts, notes);
  EXPECT_TRUE(open_of(config));
  config.grid.threads = 2;
  EXPECT_EQ(open_of(config), std::nullopt);
}

TEST(OpenCount, a_fair_share_of_threads_is_open) {
  GridConfig grid;
  grid.threads = 0;
  cell::GridPlan plan;
  plan.shape.threads = 4;  // as layout_of() chose
  Config config;
  config.grid = grid;
  EXPECT_EQ(open_count(config, plan, kCpusOfCounts), (OpenCount{"grid.threads", 4}));
  plan.shape.threads = 1;
  EXPECT_EQ(open_count(config, plan, kCpusOfCounts), std::nullopt);
}

TEST(WorthATrial, large_nets_and_short_runs_are_not_measured) {
  nn::ModelPlan model;
  model.parameters = 10'000;
  EXPECT_TRUE(is_worth_a_trial(model, 64, 2, 5000));
  EXPECT_FALSE(is_worth_a_trial(model, 64, 1, 5000)) << "there is nothing to choose";
  EXPECT_FALSE(is_worth_a_trial(model, 64, 2, 100)) << "a short run";
  model.parameters = 3'000'000;
  EXPECT_FALSE(is_worth_a_trial(model, 256, 2, 5000)) << "a large net";
  EXPECT_TRUE(is_worth_a_trial(model, 256, 256, 5000)) << "a small share for so many";
}

TEST(CountsToTry, are_the_powers_of_two_and_the_number_asked_for) {
  EXPECT_EQ(counts_to_try(2), (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(counts_to_try(6), (std::vector<std::int64_t>{1, 2, 4, 6}));
  EXPECT_EQ(counts_to_try(16), (std::vector<std::int64_t>{1, 2, 4, 8, 16}));
}

TEST(BestOf, takes_more_only_where_they_are_clearly_faster) {
  const auto best = [](double one, double two, double four) {
    const std::vector<CountTimes> counts = {{1, {one}}, {2, {two}}, {4, {four}}};
    return best_of(counts).count;
  };
  EXPECT_EQ(best(10, 20, 40), 1);
  EXPECT_EQ(best(10, 9.9, 9.8), 1) << "as fast, and fewer";
  EXPECT_EQ(best(10, 6, 5.9), 2);
  EXPECT_EQ(best(10, 6, 4), 4);
}

TEST(BestOf, slices_that_were_disturbed_do_not_count) {
  const std::vector<CountTimes> counts = {{1, {90, 10, 80, 10, 70}}, {2, {20, 20, 20, 20, 20}}};
  EXPECT_EQ(counts[0].fastest(), 10);
  EXPECT_EQ(counts[0].ordinary(), 70);
  EXPECT_EQ(best_of(counts).count, 1);
  const std::vector<CountTimes> lucky = {{1, {10, 11, 10}}, {2, {20, 6, 20}}};
  EXPECT_EQ(best_of(lucky).count, 1) << "one fast slice of more workers";
}

TEST(IsOut, needs_several_slices_and_more_of_fewer_workers) {
  const auto slow = [](std::int64_t count, std::size_t slices) {
    CountTimes one = {count, std::vector<double>(slices, 20)};
    const std::vector<CountTimes> counts = {{2, {10, 10}}, one};
    return is_out(one, counts);
  };
  EXPECT_FALSE(slow(4, 2));
  EXPECT_TRUE(slow(4, 3));
  EXPECT_FALSE(slow(1, 8));
  EXPECT_TRUE(slow(1, 9));
  const std::vector<CountTimes> near = {{1, std::vector<double>(9, 11)}, {2, {10}}};
  EXPECT_FALSE(is_out(near[0], near));
}

TEST(IsDecided, needs_several_slices_or_a_plain_difference) {
  const auto decided = [](std::size_t slices, double asked) {
    const std::vector<CountTimes> counts = {{1, std::vector<double>(slices, 10)},
                                            {2, std::vector<double>(slices, asked)}};
    return is_decided(counts);
  };
  EXPECT_FALSE(decided(1, 15));
  EXPECT_TRUE(decided(3, 15));
  EXPECT_TRUE(decided(1, 25));
}

TEST(FewerNote, names_both_times_and_the_way_to_have_all) {
  GridConfig grid;
  grid.preset = "threads";
  EXPECT_EQ(fewer_note(grid, {"grid.threads", 2}, {1, {19e-6}}, {2, {31e-6}}),
            "the preset threads takes 1 thread: 2 would be slower for this net (31 µs a step "
            "against 19); grid.threads = 2 takes 2 anyway");
  grid.preset = "replicas";
  EXPECT_EQ(fewer_note(grid, {"grid.replicas", 8}, {2, {2.52e-6}}, {8, {2.48e-6}}),
            "the preset replicas takes 2 replicas: 8 would be no faster for this net (2.5 µs a "
            "step against 2.5); grid.replicas = 8 takes 8 anyway");
  grid.threads = 0;
  EXPECT_EQ(fewer_note(grid, {"grid.threads", 4}, {2, {19e-6}}, {4, {31e-6}}).substr(0, 33),
            "grid.threads = 0 takes 2 threads:");
}

}  // namespace
}  // namespace forknet::run
