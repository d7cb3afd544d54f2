#include "sweep/plan/plan.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "os/temporary_folder.h"

namespace forknet::sweep {
namespace {

constexpr const char* kConfig = R"(
[run]
name = "p"
seed = 5
[data]
format = "arrays"
train = { inputs = [[0, 1], [1, 0]], labels = [0, 1] }
[model]
layers = [ { type = "dense", units = 2 } ]
)";

class SweepPlan : public ::testing::Test {
 protected:
  SweepPlan() { write("p.toml", kConfig); }

  std::string path(const std::string& name) const { return folder_.path() + "/" + name; }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
  }
  Request request(std::vector<Axis> axes = {{"optimizer.lr", {"0.1", "0.01"}}}) const {
    Request request;
    request.configs = {path("p.toml")};
    request.axes = std::move(axes);
    return request;
  }
  static std::vector<std::string> folders(const Plan& plan) {
    std::vector<std::string> folders;
    for (const Trial& trial : plan.trials) folders.push_back(trial.folder);
    return folders;
  }
  const os::TemporaryFolder folder_;
};

TEST_F(SweepPlan, has_a_run_for_every_variant_and_seed) {
  Request asked = request();
  asked.seeds = 3;
  const Plan plan = plan_of(asked).value();
  EXPECT_EQ(plan.name, "p");
  ASSERT_EQ(plan.trials.size(), 6U);
  const Trial& last = plan.trials.back();
  EXPECT_EQ(last.variant, 1U);
  EXPECT_EQ(last.seed, 7U);
  EXPECT_TRUE(last.folder.starts_with("runs/p-lr0.01-seed7-")) << last.folder;
  const std::vector<std::string> words = {
      "train", path("p.toml"),      "--quiet", "--run",     last.folder.substr(5),
      "--set", "optimizer.lr=0.01", "--set",   "run.seed=7"};
  EXPECT_EQ(last.words, words);
}

TEST_F(SweepPlan, names_runs_by_what_they_train) {
  const auto once = folders(plan_of(request()).value());
  EXPECT_EQ(std::set(once.begin(), once.end()).size(), 2U);
  EXPECT_EQ(folders(plan_of(request()).value()), once);
  // One value more: the others keep their names.
  auto more = folders(plan_of(request({{"optimizer.lr", {"0.1", "0.01", "0.001"}}})).value());
  more.resize(2);
  EXPECT_EQ(more, once);
  Request until = request();
  until.until_accuracy = 0.9;
  EXPECT_NE(folders(plan_of(until).value()), once);
  write("p.toml", std::string(kConfig) + "[train]\nbatch = 3\n");
  EXPECT_NE(folders(plan_of(request()).value()), once);
}

TEST_F(SweepPlan, finds_a_run_that_other_words_have_begun) {
  Request asked = request();
  asked.overrides.sets = {"run.dir=" + path("runs")};
  const std::string folder = plan_of(asked).value().trials[0].folder;
  const std::string digits = folder.substr(folder.rfind('-'));
  asked.name = "mine";
  std::filesystem::create_directories(path("runs/p-lr0.1-batch128" + digits));
  EXPECT_TRUE(plan_of(asked).value().trials[0].folder.starts_with(path("runs/mine-lr0.1-")));
  // Without a name of its own it has that of a config, and another one may have come first.
  asked.name = {};
  EXPECT_EQ(plan_of(asked).value().trials[0].folder, path("runs/p-lr0.1-batch128" + digits));
}

TEST_F(SweepPlan, finds_a_run_whose_name_was_taken) {
  Request asked = request();
  asked.overrides.sets = {"run.dir=" + path("runs")};
  const std::string folder = plan_of(asked).value().trials[0].folder + "-2";
  std::filesystem::create_directories(folder);
  EXPECT_EQ(plan_of(asked).value().trials[0].folder, folder);
}

TEST_F(SweepPlan, names_no_folder_that_a_run_cannot_have) {
  constexpr std::size_t kMostLetters = 97;  // a run whose name is taken has "-99" at most
  Request asked = request({{"optimizer.lr", {"0.1"}}, {"optimizer.weight_decay", {"0.00000001"}}});
  asked.overrides.sets = {"run.name=" + std::string(80, 'n')};
  asked.seeds = 2;
  asked.overrides.sets.push_back("run.seed=9223372036854775000");
  const std::string folder = plan_of(asked).value().trials[1].folder;
  EXPECT_LE(folder.size() - std::string("runs/").size(), kMostLetters) << folder;
  EXPECT_NE(folder.find("-seed9223372036854775001-"), std::string::npos) << folder;
}

TEST_F(SweepPlan, leaves_out_of_a_name_what_a_preset_chose_for_these_cpus) {
  run::Resolved settings;
  settings.settings = {{"train.batch", "64", "preset a.toml:3"},
                       {"grid.threads", "2", "preset threads"}};
  settings.config.grid.chosen = {"grid.threads"};
  const std::string digest = trial_digest(settings, {});
  settings.settings[1].value = "8";
  EXPECT_EQ(trial_digest(settings, {}), digest);
  settings.settings[0].value = "32";  // of a file whose name begins like that of a preset
  EXPECT_NE(trial_digest(settings, {}), digest);
  settings.settings[0].value = "64";
  settings.config.grid.chosen = {};
  EXPECT_NE(trial_digest(settings, {}), digest);
}

TEST_F(SweepPlan, tells_a_bad_value_in_its_variant_alone) {
  const Plan plan = plan_of(request({{"optimizer.lr", {"0.1", "fast"}}})).value();
  ASSERT_EQ(plan.trials.size(), 2U);
  EXPECT_FALSE(plan.trials[0].fault);
  ASSERT_TRUE(plan.trials[1].fault);
  EXPECT_EQ(plan.trials[1].fault->kind, ErrorKind::config);
}

TEST_F(SweepPlan, without_any_good_variant_is_an_error) {
  const auto plan = plan_of(request({{"optimiser.lr", {"0.1", "1"}}}));
  ASSERT_FALSE(plan.ok());
  EXPECT_EQ(plan.error().kind, ErrorKind::config);
}

TEST_F(SweepPlan, refuses_words_that_contradict_each_other) {
  Request both = request();
  both.overrides.sets = {"optimizer.lr=1"};
  EXPECT_EQ(plan_of(both).error().kind, ErrorKind::usage);
  Request epochs = request({{"train.epochs", {"1", "2"}}});
  epochs.overrides.flags.push_back({"--epochs", "train.epochs", "3"});
  EXPECT_EQ(plan_of(epochs).error().kind, ErrorKind::usage);
  Request seeds = request({{"run.seed", {"1", "2"}}});
  seeds.seeds = 2;
  EXPECT_EQ(plan_of(seeds).error().kind, ErrorKind::usage);
  // 0.1 and 0.10 are one value.
  const auto same = plan_of(request({{"optimizer.lr", {"0.1", "0.10"}}}));
  ASSERT_FALSE(same.ok());
  EXPECT_EQ(same.error().message, "lr=0.1 and lr=0.10 would train the same");
}

TEST_F(SweepPlan, says_how_many_threads_a_run_takes) {
  const Plan plan = plan_of(request({{"grid.replicas", {"1", "2"}}})).value();
  EXPECT_EQ(plan.trials[0].threads, 1);
  EXPECT_LE(plan.trials[1].threads, 2);
}

}  // namespace
}  // namespace forknet::sweep
