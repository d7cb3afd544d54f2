#include "run/settings/presets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "os/cpu.h"
#include "run/settings/resolve.h"

namespace forknet::run {
namespace {

constexpr const char* kSmall =
    "[data]\nformat = \"arrays\"\ntrain = { inputs = [[0, 1], [1, 0]], labels = [0, 1] }\n"
    "[model]\nlayers = [{ type = \"dense\", units = 2 }]\n"
    "[train]\nbatch = 64\nleaf = 16\n";

std::vector<PresetSetting> settings(const std::string& preset, int cpus,
                                    std::vector<std::string>& notes,
                                    std::vector<LayerConfig> layers = {}) {
  Config config;
  config.model.layers = std::move(layers);
  config.grid.preset = preset;
  config.train.batch = 64;
  config.train.leaf = 16;
  return preset_settings(config, cpus, notes);
}

Resolved resolved(const Overrides& overrides) {
  return resolve_text(kSmall, "x.toml", overrides).value();
}

TEST(Presets, serial_sets_nothing) {
  std::vector<std::string> notes;
  EXPECT_TRUE(settings("serial", 8, notes).empty());
}

TEST(Presets, threads_takes_a_thread_for_every_cpu) {
  std::vector<std::string> notes;
  const auto given = settings("threads", 8, notes);
  ASSERT_EQ(given.size(), 1U);
  EXPECT_EQ(given[0].path, "grid.threads");
  EXPECT_EQ(*given[0].value.as<std::int64_t>(), 8);
}

TEST(Presets, one_stage_that_keeps_every_cpu_busy_has_no_loaders) {
  const auto has_none = [](std::int64_t replicas, std::int64_t threads, int cpus) {
    Config config;
    config.grid.replicas = replicas;
    config.grid.threads = threads;
    const auto given = grid_settings(config, cpus);
    if (given.empty()) return false;
    EXPECT_EQ(given.size(), 1U);
    EXPECT_EQ(given[0].path, "data.loader_threads");
    EXPECT_EQ(*given[0].value.as<std::int64_t>(), 0);
    return true;
  };
  EXPECT_TRUE(has_none(1, 4, 4));
  EXPECT_TRUE(has_none(4, 1, 4));
  EXPECT_TRUE(has_none(2, 2, 4));
  EXPECT_TRUE(has_none(1, 0, 4)) << "a fair share is all of them";
  EXPECT_TRUE(has_none(8, 2, 4));
  EXPECT_FALSE(has_none(4, 1, 8)) << "four CPUs are free";
  EXPECT_FALSE(has_none(1, 1, 1)) << "a single thread may as well wait for its turn";
  EXPECT_FALSE(has_none(1, GridConfig::kNeurons, 4));
}

TEST(Presets, stages_and_models_that_train_apart_keep_their_loaders) {
  Config config;
  config.grid.stages = 2;
  config.grid.replicas = 2;
  EXPECT_TRUE(grid_settings(config, 2).empty());
  config.grid.stages = 1;
  config.grid.sync = Sync::average;
  EXPECT_TRUE(grid_settings(config, 2).empty());
}

TEST(Presets, loaders_that_were_asked_for_stay) {
  const std::string threads = "grid.threads=" + std::to_string(os::cpu_budget() + 1);
  EXPECT_EQ(resolved({{}, {}, {threads}}).config.data.loader_threads, 0);
  EXPECT_EQ(resolved({{}, {}, {threads, "data.loader_threads=3"}}).config.data.loader_threads, 3);
}

TEST(Presets, replicas_asks_for_no_more_than_there_are_leaves_and_says_so) {
  std::vector<std::string> notes;
  EXPECT_EQ(*settings("replicas", 3, notes)[0].value.as<std::int64_t>(), 3);
  EXPECT_TRUE(notes.empty());
  EXPECT_EQ(*settings("replicas", 8, notes)[0].value.as<std::int64_t>(), 4);
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0], "the preset replicas takes 4 of 8 CPUs: a batch of 64 has no more leaves");
}

TEST(Presets, processes_are_replicas_in_processes_of_their_own) {
  std::vector<std::string> notes;
  const auto given = settings("processes", 3, notes);
  ASSERT_EQ(given.size(), 2U);
  EXPECT_EQ(given[0].path, "grid.replicas");
  EXPECT_EQ(*given[0].value.as<std::int64_t>(), 3);
  EXPECT_EQ(given[1].path, "grid.host");
  EXPECT_EQ(*given[1].value.as<std::string>(), "process");
}

TEST(Presets, averaging_and_children_are_workers_that_train_models_apart) {
  for (const auto& [preset, host] : {std::pair{"averaging", "thread"}, {"children", "process"}}) {
    std::vector<std::string> notes;
    const auto given = settings(preset, 3, notes);
    ASSERT_EQ(given.size(), 3U);
    EXPECT_EQ(given[0].path, "grid.replicas");
    EXPECT_EQ(*given[0].value.as<std::int64_t>(), 3);
    EXPECT_EQ(given[1].path, "grid.host");
    EXPECT_EQ(*given[1].value.as<std::string>(), host);
    EXPECT_EQ(given[2].path, "grid.sync");
    EXPECT_EQ(*given[2].value.as<std::string>(), "average");
    EXPECT_TRUE(notes.empty());
  }
}

TEST(Presets, averaging_takes_no_more_workers_than_models_and_says_so) {
  Config config;
  config.grid.preset = "averaging";
  config.grid.models = 2;
  std::vector<std::string> notes;
  EXPECT_EQ(*preset_settings(config, 8, notes)[0].value.as<std::int64_t>(), 2);
  EXPECT_EQ(notes, std::vector<std::string>{
                       "the preset averaging takes 2 of 8 CPUs: there are no more models"});
}

TEST(Presets, pipeline_asks_for_no_more_stages_than_there_are_layers_and_says_so) {
  std::vector<std::string> notes;
  const auto given = settings("pipeline", 2, notes, {dense(3), dropout(0.5), dense(2), dense(1)});
  ASSERT_EQ(given.size(), 3U);
  EXPECT_EQ(given[0].path, "grid.stages");
  EXPECT_EQ(*given[0].value.as<std::int64_t>(), 2);
  EXPECT_EQ(given[2].path, "grid.schedule");
  EXPECT_EQ(*given[2].value.as<std::string>(), "zero-bubble");
  EXPECT_TRUE(notes.empty());
  EXPECT_EQ(*settings("pipeline", 8, notes, {dense(3), dropout(0.5), dense(2)})[0]
                 .value.as<std::int64_t>(),
            2);
  EXPECT_EQ(notes,
            std::vector<std::string>{
                "the preset pipeline takes 2 of 8 CPUs: the model has no more dense layers"});
}

TEST(Presets, what_somebody_has_set_stays) {
  const auto result = resolved({{}, {{"--grid", "grid.preset", "replicas"}}, {"grid.replicas=3"}});
  EXPECT_EQ(result.config.grid.replicas, 3);
  EXPECT_EQ(result.config.grid.host, Host::thread);
}

TEST(Presets, the_source_of_a_value_is_the_preset) {
  const auto result = resolved({{}, {{"--grid", "grid.preset", "threads"}}, {}});
  EXPECT_EQ(result.config.grid.threads, os::cpu_budget());
  const auto setting = std::find_if(result.settings.begin(), result.settings.end(),
                                    [](const Setting& one) { return one.path == "grid.threads"; });
  ASSERT_NE(setting, result.settings.end());
  EXPECT_EQ(setting->source, "preset threads");
}

TEST(Presets, an_explicit_excess_of_replicas_is_refused) {
  const auto result =
      resolve_text(kSmall, "x.toml", {{}, {}, {"grid.replicas=5", "grid.host=thread"}});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::config);
  EXPECT_NE(result.error().message.find("grid.replicas = 5, but a batch of 64 has only 4 leaves"),
            std::string::npos)
      << result.error().message;
}

}  // namespace
}  // namespace forknet::run
