#include "session/worker_trial.h"

#include <gtest/gtest.h>

#include "failpoints.h"
#include "os/cpu.h"
#include "os/failpoint.h"
#include "settings/presets.h"
#include "small_runs.h"

namespace forknet::run {
namespace {

constexpr int kCpusOfTrial = 8;  // that the layouts are for, whatever this machine has

// A net so small that eight threads are slower than one anywhere, in a run that is long enough.
Prepared tiny_run(const std::string& preset, Precision precision = Precision::fp32) {
  Config config = small_config();
  config.train.epochs = 80;
  config.numerics.precision = precision;
  config.grid.preset = preset;
  std::vector<std::string> notes;
  return std::move(prepare(with_preset(config, kCpusOfTrial, notes))).value();
}

// How many it takes is a measurement; that it says so, and that the bits are the same, is not. The
// rule is held by worker_counts_test.cc.
TEST(ChooseWorkers, a_tiny_net_says_when_it_takes_fewer_and_ends_on_the_same_bits) {
  for (const Precision precision : {Precision::fp32, Precision::fp64}) {
    const Prepared serial = tiny_run("serial", precision);
    const auto expected = train_prepared(serial, {}, nullptr, {}).value().weights_digest;
    for (const char* preset : {"threads", "replicas"}) {
      Prepared prepared = tiny_run(preset, precision);
      const GridConfig asked = prepared.config.grid;
      choose_workers(prepared, kCpusOfTrial);
      const GridConfig& taken = prepared.config.grid;
      const bool fewer = taken.threads * taken.replicas < asked.threads * asked.replicas;
      ASSERT_EQ(prepared.notes.size(), fewer ? 1U : 0U) << preset;
      const std::string note = fewer ? prepared.notes[0] : "";
      EXPECT_EQ(note.starts_with("the preset " + std::string(preset) + " takes "), fewer) << note;
      const auto result = train_prepared(prepared, {}, nullptr, {}).value();
      EXPECT_EQ(result.weights_digest, expected) << preset;
    }
  }
}

TEST(ChooseWorkers, what_is_given_or_is_no_small_net_stays) {
  const auto unchanged = [](Prepared prepared, const std::string& what) {
    const GridConfig before = prepared.config.grid;
    choose_workers(prepared, kCpusOfTrial);
    EXPECT_EQ(prepared.config.grid.threads, before.threads) << what;
    EXPECT_EQ(prepared.config.grid.replicas, before.replicas) << what;
    EXPECT_TRUE(prepared.notes.empty()) << what;
  };
  for (const char* preset : {"processes", "averaging", "children", "layers"}) {
    unchanged(tiny_run(preset), preset);
  }
  Prepared given = tiny_run("threads");
  given.config.grid.chosen.clear();
  unchanged(std::move(given), "a number that was given");
  Prepared brief = tiny_run("threads");
  brief.config.train.max_steps = 20;
  unchanged(std::move(brief), "a short run");
  ASSERT_EQ(set_failpoints("run/begin:1000:kill"), "");
  unchanged(tiny_run("threads"), "passes of failpoints are counted");
  os::failpoints::clear();
}

TEST(ChooseWorkers, fewer_workers_have_the_loader_that_they_would_have_had) {
  Prepared prepared = tiny_run("threads");
  prepared.config.data.loader_threads = 0;
  prepared.config.grid.chosen.emplace_back("data.loader_threads");
  choose_workers(prepared, kCpusOfTrial);
  const std::int64_t threads = prepared.config.grid.threads;  // 1, or more on a busy machine
  const bool all = threads == 0 || threads == kCpusOfTrial;
  EXPECT_EQ(prepared.config.data.loader_threads, all ? 0 : Config().data.loader_threads);
}

TEST(ChooseWorkers, a_program_hears_of_it_and_is_told_what_was_taken) {
  Config config = small_config();
  config.train.epochs = 80;
  config.grid.preset = "threads";
  std::vector<std::string> notes;
  TrainOptions options;
  options.on_note = [&](const std::string& note) { notes.push_back(note); };
  const auto result = train(config, options);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->grid.threads < os::cpu_budget(), notes.size() == 1) << result->grid.threads;
}

}  // namespace
}  // namespace forknet::run
