#include "settings/resolve.h"

#include <gtest/gtest.h>

#include "settings/testing.h"
#include "settings/write.h"

namespace forknet::run::testing {
namespace {

const std::string kBatched = std::string("[train]\nbatch = 10\n") + kSmall;

Resolved resolved(const std::string& text, const Overrides& overrides = {}) {
  auto result = resolve_text(text, "x.toml", overrides);
  EXPECT_TRUE(result.ok()) << result.error().message;
  return std::move(result).value();
}

TEST(Resolve, what_nobody_sets_is_the_default_of_the_config_struct) {
  const Resolved small = resolved(kSmall);
  EXPECT_EQ(small.config.train.batch, Config{}.train.batch);
  EXPECT_EQ(setting_of(small, "train.batch").source, "default");
  EXPECT_EQ(setting_of(small, "train.batch").value, "128");
  EXPECT_EQ(setting_of(small, "data.train").source, "x.toml:2");
}

TEST(Resolve, each_source_goes_over_the_one_before) {
  Overrides overrides;
  EXPECT_EQ(resolved(kBatched, overrides).config.train.batch, 10);
  overrides.environment = {{"FORKNET_TRAIN_BATCH", "20"}};
  EXPECT_EQ(resolved(kBatched, overrides).config.train.batch, 20);
  EXPECT_EQ(setting_of(resolved(kBatched, overrides), "train.batch").source, "FORKNET_TRAIN_BATCH");
  overrides.flags = {{"--batch", "train.batch", "30"}};
  EXPECT_EQ(resolved(kBatched, overrides).config.train.batch, 30);
  EXPECT_EQ(setting_of(resolved(kBatched, overrides), "train.batch").source, "--batch");
  overrides.sets = {"train.batch=40"};
  EXPECT_EQ(resolved(kBatched, overrides).config.train.batch, 40);
  overrides.sets = {"train.batch=40", "train.batch = 50"};
  EXPECT_EQ(resolved(kBatched, overrides).config.train.batch, 50);
  EXPECT_EQ(setting_of(resolved(kBatched, overrides), "train.batch").source, "--set");
}

TEST(Resolve, a_set_value_is_toml_and_a_bare_word_is_a_string) {
  Overrides overrides;
  overrides.sets = {"optimizer.type=sgd", "run.name=\"with-quotes\"", "optimizer.betas=[0.5, 0.6]",
                    "data.train.inputs=other/images.gz",
                    "model.layers=[{type='dense', units=3, activation='tanh'}]"};
  const Config config = resolved(kSmall, overrides).config;
  EXPECT_EQ(config.optimizer.type, "sgd");
  EXPECT_EQ(config.run.name, "with-quotes");
  EXPECT_EQ(config.optimizer.settings.numbers("betas")[1], 0.6);
  EXPECT_EQ(config.data.train.inputs, "other/images.gz");
  EXPECT_EQ(config.data.train.labels, "b.gz");
  EXPECT_EQ(config.model.layers.at(0).settings.whole("units"), 3);
}

TEST(Resolve, a_wrong_set_names_the_flag) {
  EXPECT_EQ(message_of(kSmall, {{}, {}, {"train.batch=0"}}),
            "--set: train.batch = 0: expected a whole number from 1 to 2147483647");
  EXPECT_EQ(message_of(kSmall, {{}, {}, {"train.bach=1"}}),
            "--set: unknown setting \"train.bach\"\n  did you mean \"train.batch\"?");
  EXPECT_EQ(message_of(kSmall, {{}, {}, {"lr=1"}}),
            "--set: unknown setting \"lr\"\n  did you mean \"optimizer.lr\"?");
  EXPECT_EQ(message_of(kSmall, {{}, {}, {"optimizer.betas=[0.5"}}).substr(0, 47),
            "--set: optimizer.betas = \"[0.5\": not TOML: enco");
  EXPECT_EQ(message_of(kSmall, {{}, {}, {"train.batch=1\n[grid]"}}),
            "--set: train.batch = \"1?[grid]\" is more than one value");
  const auto no_value = resolve_text(kSmall, "x.toml", {{}, {}, {"train.batch"}});
  ASSERT_FALSE(no_value.ok());
  EXPECT_EQ(no_value.error().kind, ErrorKind::usage);
}

TEST(Resolve, a_flag_of_the_preset_replaces_the_whole_grid) {
  Overrides overrides;
  overrides.flags = {{"--grid", "grid.preset", "serial"}};
  const std::string text = std::string("[grid]\npreset = \"auto\"\nstages = 9\n") + kSmall;
  EXPECT_NE(message_of(text), "");
  EXPECT_EQ(message_of(text, overrides), "");
  EXPECT_EQ(setting_of(resolved(text, overrides), "grid.preset").source, "--grid");
  overrides.sets = {"grid.ranks=stages"};
  EXPECT_EQ(message_of(text, overrides),
            "--set: grid.ranks = \"stages\" is not built yet; this version runs \"replicas\"");
}

TEST(Resolve, a_preset_that_is_not_built_or_not_known_is_refused) {
  const auto message_for = [](const char* preset) {
    return message_of(kSmall, {{}, {{"--grid", "grid.preset", preset}}, {}});
  };
  const std::string unbuilt =
      "--grid: grid.preset = \"auto\" is not built yet; this version runs \"serial\", ";
  EXPECT_EQ(message_for("auto").substr(0, unbuilt.size()), unbuilt);
  const std::string unknown = "--grid: grid.preset = \"seriel\": expected \"serial\", \"threads\"";
  EXPECT_EQ(message_for("seriel").substr(0, unknown.size()), unknown);
  EXPECT_NE(message_for("seriel").find("\n  did you mean \"serial\"?"), std::string::npos);
}

TEST(Resolve, an_average_is_made_every_so_many_steps_every_epoch_or_at_the_end) {
  const auto every = [](const char* set) {
    return resolved(kSmall, {{}, {}, {"grid.sync=average", set}}).config.grid.average_every;
  };
  EXPECT_GT(every("grid.models=1"), 0) << "where nothing is said";
  EXPECT_EQ(every("grid.average_every=auto"), every("grid.models=1"));
  EXPECT_EQ(every("grid.average_every=epoch"), GridConfig::kEpoch);
  EXPECT_EQ(every("grid.average_every=end"), GridConfig::kEnd);
  EXPECT_EQ(every("grid.average_every=17"), 17);
  for (const char* bad :
       {"grid.average_every=0", "grid.average_every=-1", "grid.average_every=x"}) {
    EXPECT_NE(message_of(kSmall, {{}, {}, {bad}}).find("grid.average_every"), std::string::npos);
  }
}

TEST(Resolve, models_that_are_left_open_are_the_replicas_and_are_written_down) {
  const Resolved open = resolved(kSmall, {{}, {}, {"grid.sync=average", "grid.replicas=3"}});
  EXPECT_EQ(open.config.grid.models, 3);
  const Resolved again =
      resolve_text(resolved_text(open), "again", {{}, {}, {"grid.replicas=2"}}).value();
  EXPECT_EQ(again.config.grid.models, 3) << "not those of a resume";
  EXPECT_EQ(resolved(kSmall, {}).config.grid.models, 0) << "they have no effect without averaging";
}

TEST(Resolve, a_worker_without_a_model_is_refused) {
  const auto message = [](std::vector<std::string> sets) {
    sets.push_back("grid.sync=average");
    return message_of(kSmall, {{}, {}, std::move(sets)});
  };
  EXPECT_EQ(message({"grid.replicas=3", "grid.models=3"}), "");
  EXPECT_EQ(message({"grid.replicas=2", "grid.models=3"}), "");
  EXPECT_NE(message({"grid.replicas=4", "grid.models=3"}).find("only 3 model(s) to train"),
            std::string::npos);
}

TEST(Resolve, stages_are_a_number_or_one_a_layer) {
  const auto stages_of = [](const char* set) {
    return resolved(kSmall, {{}, {}, {set}}).config.grid.stages;
  };
  EXPECT_EQ(stages_of("grid.stages=1"), 1);
  EXPECT_EQ(stages_of("grid.stages=layers"), GridConfig::kLayers);
  EXPECT_EQ(message_of(kSmall, {{}, {}, {"grid.stages=3"}}),
            "--set: grid.stages = 3, but the model has only 1 layers that a stage can begin with\n"
            "  a stage takes whole layers: ask for fewer stages, or \"layers\" for one each");
}

TEST(Resolve, microbatches_and_schedule_are_taken_as_they_are_written) {
  const GridConfig grid =
      resolved(kSmall, {{}, {}, {"grid.microbatches=3", "grid.schedule=gpipe"}}).config.grid;
  EXPECT_EQ(grid.microbatches, 3);
  EXPECT_EQ(grid.schedule, Schedule::gpipe);
  EXPECT_EQ(resolved(kSmall, {}).config.grid.schedule, Schedule::one_f_one_b);
}

TEST(Resolve, variables_that_are_no_settings_are_refused_or_passed_over) {
  Overrides overrides;
  overrides.environment = {{"FORKNET_TRAIN_BACH", "1"}};
  EXPECT_EQ(
      message_of(kSmall, overrides),
      "FORKNET_TRAIN_BACH: no setting has this name\n  did you mean \"FORKNET_TRAIN_BATCH\"?");
  overrides.environment = {{"FORKNET_TEST_DATA", "/data"}, {"FORKNET_RUN_SEED", ""}, {"HOME", "/"}};
  EXPECT_TRUE(resolved(kSmall, overrides).notes.empty());
  overrides.environment = {{"FORKNET_TRIAN_BATCH", "1"}};
  EXPECT_EQ(resolved(kSmall, overrides).notes.at(0),
            "FORKNET_TRIAN_BATCH is not a setting and was ignored; did you mean "
            "\"FORKNET_TRAIN_BATCH\"?");
  overrides.environment = {{"FORKNET_OPTIMIZER_WARMUP_STEPS", "7"}};
  EXPECT_EQ(resolved(kSmall, overrides).config.optimizer.warmup_steps, 7);
}

TEST(Resolve, a_wrong_value_of_the_file_counts_only_when_nothing_replaces_it) {
  EXPECT_EQ(message_of(std::string("[train]\nbatch = 0\n") + kSmall, {{}, {}, {"train.batch=5"}}),
            "");
}

TEST(Resolve, a_file_that_cannot_be_read_is_named) {
  const auto missing = resolve_file("/nowhere/x.toml", {});
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().kind, ErrorKind::config);
  EXPECT_EQ(missing.error().message,
            "the config /nowhere/x.toml cannot be read\n"
            "  open /nowhere/x.toml: No such file or directory\n"
            "  \"forknet init mnist FILE\" writes a config to start from");
  const auto folder = resolve_file("/tmp", {});
  ASSERT_FALSE(folder.ok());
  EXPECT_EQ(folder.error().kind, ErrorKind::config);
}

TEST(Resolve, a_file_of_a_hundred_megabytes_is_refused) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("forknet-large-" +
                     std::to_string(::testing::UnitTest::GetInstance()->random_seed()) + ".toml");
  std::ofstream(path).put('#');
  std::filesystem::resize_file(path, 100'000'000);  // of holes: takes no room
  const auto large = resolve_file(path.string(), {});
  std::filesystem::remove(path);
  ASSERT_FALSE(large.ok());
  EXPECT_EQ(large.error().kind, ErrorKind::config);
  EXPECT_NE(large.error().message.find("1048576"), std::string::npos) << large.error().message;
}

TEST(Resolve, arrays_have_labels_or_targets) {
  const std::string head = "[data]\nformat = \"arrays\"\ntrain = ";
  const std::string two = "\n[model]\nlayers = [{ type = \"dense\", units = 2 }]\n";
  const auto labels = resolved(head + "{ inputs = [[0, 1], [1, 0]], labels = [1, 0] }" + two);
  EXPECT_EQ(labels.config.data.train.input_rows,
            (std::vector<std::vector<double>>{{0, 1}, {1, 0}}));
  EXPECT_EQ(labels.config.data.train.target_rows, (std::vector<std::vector<double>>{{1}, {0}}));
  const auto targets =
      resolved(head + "{ inputs = [[0.5]], targets = [[1, 2.5]] }" + two + "loss = \"mse\"");
  EXPECT_EQ(targets.config.data.train.target_rows, (std::vector<std::vector<double>>{{1, 2.5}}));
  EXPECT_NE(message_of(head + "{ inputs = [[0.5]], targets = [[1]] }" + two + "loss = \"mse\""),
            "");
  EXPECT_NE(message_of(head + "{ inputs = [[0.5]], labels = [2] }" + two), "");
  EXPECT_NE(message_of(head + "{ inputs = [[0.5]], labels = [0, 1] }" + two), "");
  EXPECT_NE(message_of(head + "{ inputs = [[0.5], [1, 2]], labels = [0, 1] }" + two), "");
  EXPECT_NE(message_of(head + "{ inputs = [[nan]], labels = [0] }" + two), "");
  EXPECT_NE(message_of(head + "{ inputs = [[0.5]], labels = [0], targets = [[1]] }" + two), "");
  EXPECT_NE(message_of(head + "{ inputs = \"a\", labels = \"b\" }" + two), "");
}

TEST(Resolve, settings_must_fit_each_other) {
  const auto broken = [](const std::string& set) { return message_of(kSmall, {{}, {}, {set}}); };
  EXPECT_EQ(broken("train.leaf=129"), "--set: train.leaf = 129 is more than the batch of 128");
  EXPECT_NE(broken("train.early_stop_patience=2"), "");
  EXPECT_NE(broken("checkpoint.best=validation/loss"), "");
  EXPECT_EQ(
      message_of(kSmall, {{}, {}, {"checkpoint.best=validation/loss", "data.validation=0.1"}}), "");
  EXPECT_NE(message_of(kSmall, {{}, {}, {"data.test=0.5", "data.validation=0.5"}}), "");
  EXPECT_NE(broken("model.layers=[{type='dropout', rate=0.1}]"), "");
  EXPECT_NE(broken("model.layers=[{type='dense', units=1}]"), "");
}

TEST(Resolve, weights_of_classes_are_a_word_or_a_table) {
  const auto weights_of = [](const std::vector<std::string>& sets) {
    return setting_of(resolve_text(kSmall, "x.toml", {{}, {}, sets}).value(), "model.class_weight")
        .value;
  };
  EXPECT_EQ(weights_of({}), "\"none\"");
  EXPECT_EQ(weights_of({"model.class_weight=balanced"}), "\"balanced\"");
  const std::string table = "{ yes = 2.0, \"not yet\" = 0.5 }";
  EXPECT_EQ(weights_of({"model.class_weight=" + table}), table);
  EXPECT_EQ(weights_of({"model.class_weight={ a = 1 }", "model.class_weight.b=3"}),
            "{ a = 1.0, b = 3.0 }");
  const std::string written = std::string(kSmall) + "[model.class_weight]\n0 = 2\n1 = 0.25\n";
  EXPECT_EQ(setting_of(resolve_text(written, "x.toml", {}).value(), "model.class_weight").value,
            "{ 0 = 2.0, 1 = 0.25 }");
  EXPECT_EQ(message_of(kSmall, {{}, {}, {"model.class_weight={ a = 0 }"}}),
            "--set: model.class_weight = { a = 0 }: expected a table of names, each with a number "
            "above 0.0, \"none\" or \"balanced\"");
  for (const char* bad : {"{}", "{ a = \"b\" }", "[1]", "2", "balancd"}) {
    EXPECT_NE(message_of(kSmall, {{}, {}, {std::string("model.class_weight=") + bad}}), "") << bad;
  }
}

TEST(Validate, a_config_filled_by_hand_meets_the_same_checks) {
  Config config;
  config.model.layers = {dense(8, "relu"), dropout(0.5), dense(2)};
  EXPECT_TRUE(validate(config).ok());
  config.train.batch = 0;
  EXPECT_EQ(validate(config).error().message,
            "config: train.batch = 0: expected a whole number from 1 to 2147483647");
  config.train.batch = 8;
  config.run.seed = ~0ULL;
  EXPECT_FALSE(validate(config).ok());
  config.run.seed = 1;
  config.model.layers[0].settings.set("units", 0);
  EXPECT_FALSE(validate(config).ok());
  config.model.layers[0] = dense(8, "wobble");
  EXPECT_FALSE(validate(config).ok());
  config.model.layers.clear();
  EXPECT_EQ(validate(config).error().kind, ErrorKind::config);
}

}  // namespace
}  // namespace forknet::run::testing
