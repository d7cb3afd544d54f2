// What forknet writes, forknet reads; and nothing that is written over a config ends the program.
#include <gtest/gtest.h>

#include <random>

#include "settings/resume.h"
#include "settings/schema.h"
#include "settings/testing.h"
#include "settings/write.h"

namespace forknet::run::testing {
namespace {

std::vector<std::string> all_configs() {
  std::vector<std::string> texts = {kSmall};
  for (const Template& known : templates()) texts.push_back(template_text(known));
  for (const auto& file : std::filesystem::directory_iterator(project() / "examples")) {
    if (file.path().extension() == ".toml") texts.push_back(content(file.path()));
  }
  return texts;
}

void expect_same_settings(const Resolved& left, const Resolved& right) {
  ASSERT_EQ(left.settings.size(), right.settings.size());
  for (std::size_t i = 0; i < left.settings.size(); ++i) {
    EXPECT_EQ(left.settings[i].path, right.settings[i].path);
    EXPECT_EQ(left.settings[i].value, right.settings[i].value);
  }
}

TEST(WrittenConfigs, every_template_and_example_loads) {
  EXPECT_GE(all_configs().size(), 8U);
  for (const std::string& text : all_configs()) EXPECT_EQ(message_of(text), "") << text;
}

TEST(WrittenConfigs, the_resolved_config_loads_to_the_same_config) {
  for (const std::string& text : all_configs()) {
    const auto before = resolve_text(text, "x.toml", {});
    ASSERT_TRUE(before.ok());
    const auto after = resolve_text(resolved_text(*before), "config.resolved.toml", {});
    ASSERT_TRUE(after.ok()) << after.error().message;
    expect_same_settings(*before, *after);
  }
}

TEST(WrittenConfigs, awkward_numbers_and_names_survive) {
  Overrides odd;
  odd.sets = {"optimizer.lr=0.1",
              "optimizer.eps=1e-300",
              "optimizer.momentum=0.30000000000000004",
              "run.name='a\"b\\c'",
              "data.train.inputs=\"tab\\t\\u001b é # not a comment\"",
              "run.seed=9223372036854775807",
              "checkpoint.every=7",
              "train.leaf=3"};
  const auto before = resolve_text(kSmall, "x.toml", odd);
  ASSERT_TRUE(before.ok()) << before.error().message;
  const auto after = resolve_text(resolved_text(*before), "y.toml", {});
  ASSERT_TRUE(after.ok()) << after.error().message;
  expect_same_settings(*before, *after);
  EXPECT_EQ(after->config.optimizer.settings.number("eps"), 1e-300);
  EXPECT_EQ(after->config.run.name, "a\"b\\c");
}

TEST(WrittenConfigs, every_value_says_where_it_came_from) {
  const auto resolved =
      resolve_text(kSmall, "x.toml", {{}, {{"--epochs", "train.epochs", "9"}}, {}});
  ASSERT_TRUE(resolved.ok());
  const std::string text = resolved_text(*resolved);
  EXPECT_NE(text.find("epochs = 9                        # --epochs\n"), std::string::npos) << text;
  EXPECT_NE(text.find("batch = 128                       # default\n"), std::string::npos);
  EXPECT_NE(text.find("# x.toml:4\nlayers = [\n"), std::string::npos);
}

TEST(WrittenConfigs, the_example_of_xor_is_what_init_writes) {
  for (const Template& known : templates()) {
    if (known.kind != "xor") continue;
    EXPECT_EQ(template_text(known), content(project() / "examples" / "xor.toml"));
  }
}

TEST(WrittenConfigs, a_config_filled_by_hand_is_stored_as_one_of_a_program) {
  Config config;
  config.data.train = {"a.gz", "b.gz", 0.0, {}, {}};
  config.model.layers = {dense(4, "tanh"), dense(2)};
  const auto stored = resolve_config(config);
  ASSERT_TRUE(stored.ok());
  EXPECT_EQ(setting_of(*stored, "train.batch").source, "program");
  EXPECT_EQ(message_of(resolved_text(*stored)), "");
}

// Random edits of good configs: any answer will do, as long as there is one.
TEST(WrittenConfigs, random_damage_never_ends_the_program) {
  const auto seed = static_cast<std::uint32_t>(std::random_device{}());
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto texts = all_configs();
  const std::string pieces[] = {"[",
                                "]",
                                "{",
                                "}",
                                "=",
                                "\"",
                                "'",
                                "\n",
                                ".",
                                ",",
                                "#",
                                "-",
                                "1e999",
                                "nan",
                                "0",
                                "99999999999999999999",
                                "true",
                                "\xff",
                                std::string(1, '\0'),
                                "[[data.train]]",
                                "layers",
                                "units",
                                "\"\"\"",
                                "\\",
                                "1979-05-27"};
  for (int round = 0; round < 1000; ++round) {
    std::string text = texts[random() % texts.size()];
    const auto edits = 1 + random() % 4;
    for (std::uint32_t edit = 0; edit < edits && !text.empty(); ++edit) {
      const auto at = random() % text.size();
      const auto length = random() % 8;
      text.replace(at, length, random() % 3 == 0 ? "" : pieces[random() % std::size(pieces)]);
    }
    const auto result = resolve_text(text, "x.toml", {});
    if (result.ok()) continue;
    EXPECT_EQ(result.error().kind, ErrorKind::config) << text;
    EXPECT_LE(lines_of(result.error().message), 6) << result.error().message;
  }
}

TEST(Resume, layout_logs_and_length_may_change) {
  Overrides later;
  later.sets = {"log.every=7", "checkpoint.keep=1", "data.loader_threads=4"};
  later.flags = {{"--epochs", "train.epochs", "9"}};
  const auto now = resolve_resume(kSmall, "config.resolved.toml", later);
  ASSERT_TRUE(now.ok()) << now.error().message;
  EXPECT_EQ(now->config.train.epochs, 9);
  EXPECT_EQ(now->notes.size(), 4U);
  EXPECT_EQ(now->notes.at(1), "train.epochs changes from 5 to 9 (--epochs)");
}

TEST(Resume, a_schedule_that_follows_the_length_is_warned_about) {
  const std::string cosine = std::string("[optimizer]\nschedule = \"cosine\"\n") + kSmall;
  const auto now = resolve_resume(cosine, "c", {{}, {}, {"train.max_steps=9"}});
  ASSERT_TRUE(now.ok());
  EXPECT_EQ(now->notes.size(), 2U);
  EXPECT_EQ(now->notes.at(1).substr(0, 28), "warning: the cosine schedule");
}

TEST(Resume, what_the_answer_depends_on_may_not_change) {
  for (const std::string set :
       {"train.batch=64", "run.seed=2", "optimizer.lr=0.5", "data.scale=none", "model.init=zeros",
        "numerics.precision=fp64", "train.leaf=4"}) {
    const auto now = resolve_resume(kSmall, "c", {{}, {}, {set}});
    ASSERT_FALSE(now.ok()) << set;
    EXPECT_EQ(now.error().kind, ErrorKind::config);
  }
  EXPECT_EQ(
      resolve_resume(kSmall, "c", {{}, {}, {"train.batch=64"}}).error().message,
      "--set: train.batch = 64 cannot change in a resume\n"
      "  the run was started with 128\n"
      "  may change: run.dir, run.state, [grid] except sync, average_every and models, [log],\n"
      "  [checkpoint], data.loader_threads, data.cache, train.epochs, train.max_steps,\n"
      "  train.max_seconds, and the names of data files");
  EXPECT_TRUE(resolve_resume(kSmall, "c", {{}, {}, {"train.batch=128"}}).ok());
}

// Before optimizer.decay_biases there was, weight decay applied to biases.
TEST(Resume, of_an_older_version_keeps_its_decay_of_biases) {
  const std::string older = std::string("[optimizer]\nweight_decay = 0.01\n") + kSmall;
  const Resolved resumed = resolve_resume(older, "c", {}).value();
  EXPECT_TRUE(resumed.config.optimizer.decay_biases);
  EXPECT_FALSE(resumed.config.optimizer.decay_norms);
  const auto changed = resolve_resume(older, "c", {{}, {}, {"optimizer.decay_biases=false"}});
  ASSERT_FALSE(changed.ok());
  EXPECT_NE(changed.error().message.find("was started with true"), std::string::npos)
      << changed.error().message;
  const std::string newer =
      std::string("[optimizer]\nweight_decay = 0.01\ndecay_biases = false\n") + kSmall;
  EXPECT_FALSE(resolve_resume(newer, "c", {}).value().config.optimizer.decay_biases);
  EXPECT_FALSE(resolve_text(older, "c", {}).value().config.optimizer.decay_biases)
      << "a config of a new run";
  EXPECT_FALSE(resolve_resume(kSmall, "c", {}).value().config.optimizer.decay_biases)
      << "nothing decays";
}

TEST(Schema, every_key_has_a_help_and_a_section) {
  for (const Key& key : schema()) {
    EXPECT_FALSE(key.help.empty()) << key.path;
    EXPECT_NE(key.path.find('.'), std::string_view::npos);
    const auto names = section_names();
    EXPECT_NE(std::find(names.begin(), names.end(), key.section()), names.end()) << key.path;
    EXPECT_EQ(find_key(key.path), &key) << "twice: " << key.path;
  }
}

TEST(Schema, every_default_is_allowed) {
  for (const Key& key : schema()) {
    const auto value = default_of(key);
    if (!value) continue;
    EXPECT_FALSE(check_value(key, *value)) << key.path;
  }
}

TEST(Schema, what_is_set_is_what_is_read) {
  const auto chosen = resolve_text(template_text(templates().front()), "x.toml", {});
  ASSERT_TRUE(chosen.ok());
  for (const Key& key : schema()) {
    if (!key.built()) continue;
    Config copy;
    key.accessor.set(copy, key.accessor.get(chosen->config));
    EXPECT_TRUE(same(key.accessor.get(copy), key.accessor.get(chosen->config))) << key.path;
  }
}

}  // namespace
}  // namespace forknet::run::testing
