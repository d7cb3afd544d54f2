#include "settings/presets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "nn/model_plan.h"
#include "nn/slices.h"
#include "os/cpu.h"
#include "settings/resolve.h"
#include "settings/resume.h"
#include "settings/write.h"

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
  auto given = preset_settings(config, cpus);
  for (const PresetSetting& one : given) {
    if (!one.note.empty()) notes.push_back(one.note);
  }
  return given;
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
  const auto given = preset_settings(config, 8);
  EXPECT_EQ(*given[0].value.as<std::int64_t>(), 2);
  EXPECT_EQ(given[0].note, "the preset averaging takes 2 of 8 CPUs: there are no more models");
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
  EXPECT_EQ(
      notes,
      std::vector<std::string>{
          "the preset pipeline takes 2 of 8 CPUs: the model has no more layers to begin one"});
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

const std::string kPipeline = std::string(kSmall) + "[grid]\npreset = \"pipeline\"\n";

TEST(Presets, a_preset_counts_wherever_it_is_named) {
  const auto threads = [](const std::string& text, const Overrides& overrides) {
    return resolve_text(text, "x.toml", overrides).value().config.grid.threads;
  };
  const std::string in_file = std::string(kSmall) + "[grid]\npreset = \"threads\"\n";
  const std::string other = std::string(kSmall) + "[grid]\npreset = \"serial\"\nthreads = 77\n";
  EXPECT_EQ(threads(in_file, {}), os::cpu_budget());
  EXPECT_EQ(threads(other, {}), 77);
  EXPECT_EQ(threads(other, {{{"FORKNET_GRID_PRESET", "threads"}}, {}, {}}), os::cpu_budget());
  EXPECT_EQ(threads(other, {{}, {{"--grid", "grid.preset", "threads"}}, {}}), os::cpu_budget());
  EXPECT_EQ(threads(other, {{}, {}, {"grid.preset=threads"}}), os::cpu_budget());
  EXPECT_EQ(threads(other, {{}, {}, {"grid.preset=serial"}}), 1);
}

TEST(Presets, keys_of_the_same_or_a_later_source_win_and_are_told) {
  const auto text = kPipeline + "stages = 1\nhost = \"process\"\n";
  const auto in_file = resolve_text(text, "x.toml", {}).value();
  EXPECT_EQ(in_file.config.grid.stages, 1);
  EXPECT_EQ(in_file.config.grid.schedule, Schedule::zero_bubble);
  EXPECT_TRUE(in_file.notes.empty()) << "one layer has no more stages";
  const auto later = resolve_text(kPipeline, "x.toml",
                                  {{{"FORKNET_GRID_HOST", "thread"}}, {}, {"grid.channel=pipe"}});
  ASSERT_TRUE(later.ok());
  EXPECT_EQ(later->config.grid.host, Host::thread);
  const std::string told =
      "grid: preset pipeline, with grid.host = \"thread\" from FORKNET_GRID_HOST, grid.channel = "
      "\"pipe\" from --set";
  EXPECT_EQ(later->notes.back(), told);
  const auto beside =
      resolved({{{"FORKNET_GRID_PRESET", "threads"}, {"FORKNET_GRID_HOST", "thread"}}, {}, {}});
  EXPECT_EQ(beside.config.grid.host, Host::thread) << "of the same source, in whatever order";
  EXPECT_EQ(beside.config.grid.threads, os::cpu_budget());
}

TEST(Presets, the_line_of_a_key_that_wins_is_named) {
  const auto text = kPipeline + "threads = 3\n";
  const auto notes = resolve_text(text, "x.toml", {}).value().notes;
  ASSERT_FALSE(notes.empty());
  EXPECT_EQ(notes.back(), "grid: preset pipeline, with grid.threads = 3 from x.toml:11");
}

TEST(Presets, a_preset_says_nothing_of_a_number_that_was_given) {
  const auto both = resolved({{}, {}, {"grid.preset=pipeline", "grid.stages=1"}});
  EXPECT_TRUE(both.notes.empty()) << both.notes.front();
}

TEST(Presets, what_init_writes_leaves_the_grid_to_the_preset) {
  std::size_t templates_seen = 0;
  for (const Template& known : templates()) {
    std::string text = template_text(known);
    const auto at = text.find("preset = \"serial\"");
    ASSERT_NE(at, std::string::npos);
    EXPECT_NE(text.find("\n# stages = 1 "), std::string::npos) << text;
    text.replace(at, std::string("preset = \"serial\"").size(), "preset = \"layers\"");
    const auto result = resolve_text(text, "x.toml", {});
    ASSERT_TRUE(result.ok()) << result.error().message;
    EXPECT_EQ(result->config.grid.stages, GridConfig::kLayers);
    EXPECT_EQ(result->config.grid.threads, GridConfig::kNeurons);
    EXPECT_EQ(result->config.grid.channel, "pipe");
    EXPECT_TRUE(result->notes.empty());
    ++templates_seen;
  }
  EXPECT_GE(templates_seen, 2U);
}

TEST(Presets, every_setting_of_a_preset_is_a_comment_in_templates) {
  for (const char* preset :
       {"threads", "replicas", "processes", "pipeline", "layers", "averaging", "children"}) {
    std::vector<std::string> notes;
    for (const PresetSetting& one : settings(preset, 4, notes, {dense(2)})) {
      EXPECT_TRUE(set_by_presets(one.path)) << one.path;
    }
  }
  Config config;
  config.grid.threads = 4;
  for (const PresetSetting& one : grid_settings(config, 4)) {
    EXPECT_TRUE(set_by_presets(one.path)) << one.path;
  }
}

// Nothing is trained below the layers that follow blocks without parameters.
TEST(Presets, as_many_stages_are_possible_as_the_plan_has) {
  const LayerConfig plain = residual({dropout(0.1)});
  for (const std::vector<LayerConfig>& layers :
       {std::vector<LayerConfig>{plain, dense(20, "relu"), dense(10)},
        {dropout(0.1), plain, plain, dense(20), dense(10)},
        {residual({dropout(0.1), plain}), residual({dense(784)}), dense(10)},
        {dropout(0.1), dense(30, "relu"), dropout(0.1), layer_norm(), dense(10)},
        {layer_norm(), plain, dense(10)},
        {embedding(4, {5, 7}, {0, 700}), dense(10)},
        {dense(10)}}) {
    ModelConfig model;
    model.layers = layers;
    const auto starts = nn::stage_starts(nn::plan_model(model, 784).value());
    EXPECT_EQ(most_stages(model), static_cast<std::int64_t>(starts.size())) << layers.size();
  }
  std::vector<std::string> notes;
  Config config;
  config.model.layers = {plain, dense(20, "relu"), dense(10)};
  config.grid.preset = "pipeline";
  EXPECT_EQ(with_preset(config, 8, notes).grid.stages, 2);
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0].find("takes 2 of 8 CPUs"), std::string::npos) << notes[0];
}

TEST(Presets, a_resume_under_a_preset_keeps_the_models) {
  const std::string stored = std::string(kSmall) +
                             "[grid]\nsync = \"average\"\nmodels = 2\nreplicas = 2\n"
                             "average_every = 7\n";
  const auto same = resolve_resume(stored, "c", {{{"FORKNET_GRID_PRESET", "children"}}, {}, {}});
  ASSERT_TRUE(same.ok()) << same.error().message;
  EXPECT_EQ(same->config.grid.models, 2);
  EXPECT_EQ(same->config.grid.average_every, 7);
  EXPECT_EQ(same->config.grid.host, Host::process);
  EXPECT_LE(same->config.grid.replicas, 2);
  const auto other = resolve_resume(kSmall, "c", {{{"FORKNET_GRID_PRESET", "children"}}, {}, {}});
  ASSERT_FALSE(other.ok());
  EXPECT_NE(other.error().message.find("grid.sync = \"average\" cannot change in a resume"),
            std::string::npos)
      << other.error().message;
}

TEST(Presets, a_resume_tells_nothing_that_was_told_at_the_start) {
  const std::string stored = kPipeline + "threads = 3\n";
  EXPECT_TRUE(resolve_resume(stored, "c", {}).value().notes.empty());
}

TEST(Presets, a_program_names_a_preset_and_what_it_has_changed_stays) {
  Config config;
  config.model.layers = {dense(3), dense(2)};
  config.grid.preset = "pipeline";
  std::vector<std::string> notes;
  Config laid_out = with_preset(config, 2, notes);
  EXPECT_EQ(laid_out.grid.stages, 2);
  EXPECT_EQ(laid_out.grid.schedule, Schedule::zero_bubble);
  EXPECT_TRUE(notes.empty());

  config.grid.schedule = Schedule::gpipe;
  laid_out = with_preset(config, 8, notes);
  EXPECT_EQ(laid_out.grid.schedule, Schedule::gpipe);
  EXPECT_EQ(notes,
            (std::vector<std::string>{
                "the preset pipeline takes 2 of 8 CPUs: the model has no more layers to begin one",
                "grid: preset pipeline, with grid.schedule = \"gpipe\" from the program"}));
}

TEST(Presets, what_a_preset_or_the_grid_chose_is_noted) {
  const std::string text = std::string(kSmall) + "[grid]\npreset = \"threads\"\n";
  using Paths = std::vector<std::string>;
  const auto chosen = [](const Resolved& resolved) {
    Paths paths = resolved.config.grid.chosen;
    std::erase(paths, "data.loader_threads");  // where there is more than one CPU
    return paths;
  };
  EXPECT_EQ(chosen(resolve_text(text, "x.toml", {}).value()), Paths{"grid.threads"});
  EXPECT_EQ(chosen(resolve_text(text + "threads = 2\n", "x.toml", {}).value()), Paths{});
  EXPECT_EQ(chosen(resolve_text(text, "x.toml", {{}, {}, {"grid.threads=2"}}).value()), Paths{});
  const auto stored = resolved_text(resolve_text(text, "x.toml", {}).value());
  EXPECT_EQ(chosen(resolve_text(stored, "x.toml", {}).value()), Paths{}) << "a resume keeps it";
}

TEST(Presets, fewer_workers_bring_back_the_loaders_that_the_grid_took) {
  Config config;
  config.grid.threads = 8;
  config.data.loader_threads = 0;
  EXPECT_EQ(with_workers(config, "grid.threads", 1, 8).data.loader_threads, 0) << "given";
  config.grid.chosen = {"data.loader_threads"};
  const Config one = with_workers(config, "grid.threads", 1, 8);
  EXPECT_EQ(one.grid.threads, 1);
  EXPECT_EQ(one.data.loader_threads, Config().data.loader_threads);
  EXPECT_EQ(with_workers(config, "grid.threads", 8, 8).data.loader_threads, 0);
}

TEST(Resolve, the_layout_that_was_taken_is_what_is_stored) {
  const std::string text = std::string(kSmall) + "[grid]\npreset = \"threads\"\n";
  const Resolved asked = resolve_text(text, "x.toml", {}).value();
  const Config used = with_workers(asked.config, "grid.threads", 77, os::cpu_budget());
  const auto setting = [](const Resolved& resolved) {
    return *std::find_if(resolved.settings.begin(), resolved.settings.end(),
                         [](const Setting& one) { return one.path == "grid.threads"; });
  };
  const Resolved stored = with_layout_of(asked, used);
  EXPECT_EQ(stored.config.grid.threads, 77);
  EXPECT_EQ(setting(stored).value, "77");
  EXPECT_EQ(setting(stored).source, "preset threads, measured");
  EXPECT_EQ(setting(with_layout_of(asked, asked.config)).source, "preset threads");
}

TEST(Presets, what_a_file_says_stays_when_a_program_trains_it) {
  const auto read = resolve_text(kPipeline + "stages = 1\nschedule = \"1f1b\"\n", "x.toml", {});
  std::vector<std::string> notes;
  const Config same = with_preset(read.value().config, 8, notes);
  EXPECT_EQ(same.grid.schedule, Schedule::one_f_one_b) << "the default, but given";
  Config other = resolve_text(kPipeline, "x.toml", {}).value().config;
  other.grid.preset = "threads";
  other = with_preset(other, 4, notes);
  EXPECT_EQ(other.grid.threads, 4);
  EXPECT_EQ(other.grid.schedule, Schedule::one_f_one_b) << "of the preset before";
  EXPECT_TRUE(notes.empty());
}

}  // namespace
}  // namespace forknet::run
