// Stopped or killed anywhere, a run ends as an undisturbed one does.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sessions.h"
#include "store/checkpoint.h"

namespace forknet::run {
namespace {

using Session = SessionFixture;

constexpr std::uint64_t kSteps = 18;  // 3 epochs of 6

// Everything that a run says at its end but the time it took.
nlohmann::json timeless(const SessionResult& session) {
  auto summary = nlohmann::json::parse(session.summary);
  for (const char* key : {"run", "wall_seconds", "train_seconds", "samples_per_second"}) {
    EXPECT_TRUE(summary.contains(key)) << key;
    summary.erase(key);
  }
  return summary;
}

TEST_F(Session, stopped_at_any_step_and_resumed_ends_like_an_undisturbed_one) {
  Config settings = config();
  settings.checkpoint.best = "validation/loss";
  const SessionResult whole = start(settings, watching());
  EXPECT_EQ(whole.result->steps, kSteps);
  for (std::uint64_t step = 0; step <= kSteps; ++step) {
    const SessionResult part = start(settings, stopping_at(step));
    EXPECT_EQ(part.result->state, TrainResult::State::stopped) << step;
    EXPECT_EQ(part.result->steps, step);
    const SessionResult rest = resume(part.folder);
    EXPECT_EQ(timeless(rest), timeless(whole)) << "stopped at step " << step;
    EXPECT_EQ(rest.result->model.digest(), whole.result->model.digest()) << step;
    EXPECT_EQ(history(part.folder), history(whole.folder)) << "stopped at step " << step;
  }
}

TEST_F(Session, stopped_at_the_end_of_any_epoch_ends_like_an_undisturbed_one) {
  const SessionResult whole = start(config(), watching());
  for (const std::uint64_t step : {6U, 12U}) {
    const SessionResult part = start(config(), stopping_at(step, Metrics::Kind::epoch));
    EXPECT_EQ(part.result->state, TrainResult::State::stopped);
    const SessionResult rest = resume(part.folder);
    EXPECT_EQ(timeless(rest), timeless(whole)) << step;
    EXPECT_EQ(history(part.folder), history(whole.folder)) << step;
  }
}

TEST_F(Session, stopped_at_every_step_in_turn_ends_like_an_undisturbed_one) {
  Config settings = config();
  settings.numerics.precision = Precision::fp64;
  settings.data.loader_threads = 2;
  const SessionResult whole = start(settings, watching());
  SessionResult part = start(settings, stopping_at(0));
  for (std::uint64_t step = 1; step <= kSteps; ++step) {
    part = resume(part.folder, stopping_at(step));
  }
  part = resume(part.folder);
  EXPECT_EQ(timeless(part), timeless(whole));
  EXPECT_EQ(history(part.folder), history(whole.folder));
}

// What a kill leaves is what the folder holds at that moment.
TEST_F(Session, killed_at_any_moment_and_resumed_ends_like_an_undisturbed_one) {
  Config settings = config();
  settings.checkpoint.every = {Interval::Unit::steps, 5};
  settings.checkpoint.best = "validation/accuracy";
  std::vector<std::string> copies;
  std::string running;
  auto options = watching([&](const Metrics&) {
    copies.push_back(crashed(running, "crash-" + std::to_string(copies.size())));
  });
  options.on_start = [&](const RunPaths& paths, const Prepared&, const Origin& origin) {
    EXPECT_EQ(origin.step, 0U);
    running = paths.folder;
    copies.push_back(crashed(running, "crash-start"));
  };
  const SessionResult whole = start(settings, options);
  ASSERT_GE(copies.size(), kSteps + 3);
  for (const std::string& copy : copies) {
    const SessionResult rest = resume(copy);
    EXPECT_EQ(timeless(rest), timeless(whole)) << copy;
    EXPECT_EQ(rest.result->model.digest(), whole.result->model.digest()) << copy;
    EXPECT_EQ(history(copy), history(whole.folder)) << copy;
  }
}

// A checkpoint between the last step of an epoch and its end, and then a kill after that end.
TEST_F(Session, the_end_of_an_epoch_is_written_once_whatever_dies_after_it) {
  Config settings = config();
  settings.checkpoint.every = {Interval::Unit::off, 0};
  const SessionResult whole = start(settings, watching());
  const SessionResult part = start(settings, stopping_at(6));
  std::string copy;
  (void)resume(part.folder, watching([&](const Metrics& metrics) {
                 if (metrics.step == 8) copy = crashed(part.folder, "crash");
               }));
  const SessionResult rest = resume(copy);
  EXPECT_EQ(timeless(rest), timeless(whole));
  EXPECT_EQ(history(copy), history(whole.folder));
}

TEST_F(Session, half_a_line_of_history_is_cut_off) {
  const SessionResult whole = start(config(), watching());
  const SessionResult part = start(config(), stopping_at(9));
  const std::string path = RunPaths{part.folder}.metrics().text();
  os::put_file(path, os::get_file(path) + R"({"step":9,"epo)");
  (void)resume(part.folder);
  EXPECT_EQ(history(part.folder), history(whole.folder));
}

TEST_F(Session, a_damaged_newest_checkpoint_costs_the_steps_since_the_one_before) {
  const SessionResult whole = start(config(), watching());
  const SessionResult part = start(config(), stopping_at(15));
  const store::CheckpointFolder checkpoints(RunPaths{part.folder}.checkpoints());
  const std::string newest = checkpoints.path_of(15).text();
  std::string bytes = os::get_file(newest);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  os::put_file(newest, bytes);
  const SessionResult rest = resume(part.folder);
  EXPECT_TRUE(noted("step-15.safetensors"));
  EXPECT_NE(os::get_file(RunPaths{part.folder}.log()).find("step-15.safetensors"),
            std::string::npos);
  EXPECT_EQ(timeless(rest), timeless(whole));
  EXPECT_EQ(history(part.folder), history(whole.folder));
}

TEST_F(Session, without_one_good_checkpoint_a_resume_is_refused) {
  const SessionResult part = start(config(), stopping_at(3));
  const store::CheckpointFolder checkpoints(RunPaths{part.folder}.checkpoints());
  os::put_file(checkpoints.path_of(3), "nothing of use");
  const auto rest = resume_session(RunPaths{part.folder}, {}, watching());
  ASSERT_FALSE(rest.ok());
  EXPECT_EQ(rest.error().kind, ErrorKind::data);
}

TEST_F(Session, a_finished_run_is_left_as_it_is) {
  const SessionResult whole = start(config(), watching());
  const std::string metrics = os::get_file(RunPaths{whole.folder}.metrics());
  const SessionResult again = resume(whole.folder);
  EXPECT_TRUE(again.was_finished);
  EXPECT_FALSE(again.result.has_value());
  EXPECT_EQ(again.summary, whole.summary);
  EXPECT_EQ(os::get_file(RunPaths{whole.folder}.metrics()), metrics);
  EXPECT_EQ(os::get_file(RunPaths{whole.folder}.summary()), whole.summary + "\n");
}

TEST_F(Session, a_lost_best_model_is_said_and_the_last_takes_its_place) {
  Config settings = config();
  settings.checkpoint.best = "validation/loss";
  const SessionResult part = start(settings, stopping_at(15));
  os::put_file(RunPaths{part.folder}.model(), "lost");
  const SessionResult rest = resume(part.folder, stopping_at(16));
  EXPECT_EQ(rest.result->state, TrainResult::State::stopped);
  EXPECT_TRUE(noted("the best model is lost"));
  EXPECT_EQ(rest.result->model.digest(), rest.result->weights_digest);
}

}  // namespace
}  // namespace forknet::run
