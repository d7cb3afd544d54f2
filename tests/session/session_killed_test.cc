// A run whose process was killed goes on from its last step; one that ended leaves no state.
#include <gtest/gtest.h>
#include <signal.h>

#include <nlohmann/json.hpp>

#include "os/forked_child.h"
#include "sessions.h"
#include "state/state_list.h"

namespace forknet::run {
namespace {

class KilledSession : public SessionFixture {
 protected:
  // Where a run goes on.
  SessionOptions with_origin() {
    SessionOptions options = watching();
    options.on_start = [this](auto&&, auto&&, const Origin& origin) { origin_ = origin; };
    return options;
  }
  void killed_again(const std::string& folder, std::uint64_t step) {
    const SessionOptions options = watching(suicide_at(step, Metrics::Kind::log));
    os::ForkedChild child([&] {
      (void)resume_session(RunPaths{folder}, {}, options);
      return 1;
    });
    EXPECT_EQ(child.wait(), -SIGKILL);
  }
  // It goes on from that step and ends like `whole`, which was not disturbed.
  void goes_on(const std::string& folder, std::uint64_t step, const SessionResult& whole,
               const Overrides& overrides = {}) {
    const SessionResult rest = resume(folder, with_origin(), overrides);
    EXPECT_TRUE(origin_.committed) << step;
    EXPECT_EQ(origin_.step, step);
    EXPECT_EQ(rest.result->weights_digest, whole.result->weights_digest) << step;
    EXPECT_EQ(rest.result->model.digest(), whole.result->model.digest()) << step;
    EXPECT_EQ(history(folder), history(whole.folder)) << "every step once, " << step;
    EXPECT_FALSE(has_state(folder)) << step;
  }
  [[nodiscard]] static bool has_state(const std::string& folder) {
    return std::filesystem::exists(StatePlace{folder}.list()) || !memory_files(folder).empty();
  }

  Origin origin_;
};

TEST_F(KilledSession, goes_on_from_the_step_that_it_had_committed) {
  Config settings = config();
  settings.checkpoint.best = "validation/loss";
  const SessionResult whole = start(settings, watching());
  for (const std::uint64_t step : {1U, 5U, 6U, 7U, 12U, 17U, 18U}) {
    const std::string folder = killed_at(settings, step);
    EXPECT_TRUE(has_state(folder));
    goes_on(folder, step, whole);
  }
}

TEST_F(KilledSession, at_the_end_of_an_epoch_goes_on_from_there) {
  Config settings = config();
  settings.checkpoint.best = "validation/accuracy";
  settings.checkpoint.every = {Interval::Unit::off, 0};
  const SessionResult whole = start(settings, watching());
  for (const std::uint64_t step : {6U, 12U, 18U}) {
    goes_on(killed_at(settings, step, Metrics::Kind::epoch), step, whole);
  }
}

TEST_F(KilledSession, again_and_again_loses_no_step) {
  Config settings = config();
  settings.numerics.precision = Precision::fp64;
  settings.log.every = 2;
  const SessionResult whole = start(settings, watching());
  const std::string folder = killed_at(settings, 4);
  for (const std::uint64_t step : {6U, 8U, 12U, 14U}) killed_again(folder, step);
  EXPECT_LE(memory_files(folder).size(), 2U) << "a state that was gone on with is removed";
  goes_on(folder, 14, whole);
}

TEST_F(KilledSession, goes_on_in_another_layout) {
  const SessionResult whole = start(config(), watching());
  Config threads = config();
  threads.grid.threads = 2;
  goes_on(killed_at(threads, 8), 8, whole,
          {.environment = {}, .flags = {}, .sets = {"grid.threads=1", "grid.replicas=2"}});
  Config pipes = config();
  pipes.grid.stages = 2;
  pipes.grid.replicas = 2;
  pipes.grid.channel = "pipe";
  const std::string folder = killed_at(pipes, 8);
  const SessionResult rest =
      resume(folder, with_origin(), {.environment = {}, .flags = {}, .sets = {"grid.channel=shm"}});
  EXPECT_TRUE(origin_.committed);
  EXPECT_GE(origin_.step, 8U) << "cells may be ahead of what is told";
  EXPECT_EQ(rest.result->weights_digest, whole.result->weights_digest);
  EXPECT_EQ(history(folder), history(whole.folder));
}

TEST_F(KilledSession, whose_state_is_lost_goes_on_from_its_checkpoint) {
  const SessionResult whole = start(config(), watching());
  for (const std::uint64_t step : {4U, 9U}) {
    const std::string folder = killed_at(config(), step);
    std::filesystem::remove(read_list({folder})->control);
    const SessionResult rest = resume(folder, with_origin());
    EXPECT_FALSE(origin_.committed);
    EXPECT_EQ(origin_.step, step / 6 * 6);
    EXPECT_TRUE(noted("the state of the last step cannot be used (it was removed from memory)"));
    EXPECT_EQ(rest.result->weights_digest, whole.result->weights_digest);
    EXPECT_EQ(history(folder), history(whole.folder));
    EXPECT_FALSE(has_state(folder)) << "its weights are removed as well";
  }
}

// Neither in memory nor in the run folder.
TEST_F(KilledSession, without_room_for_a_new_state_is_refused_and_goes_on_when_there_is) {
  const SessionResult whole = start(config(), watching());
  const std::string folder = killed_at(config(), 9);
  const std::string in_memory = memory_stem(folder) + "b-control";
  const std::string name = std::filesystem::path(in_memory).filename();
  const std::string in_folder = folder + "/state-" + name.substr(kStateStem.size());
  for (const auto& path : {in_memory, in_folder}) std::filesystem::create_directory(path);
  const auto refused = resume_session(RunPaths{folder}, {}, with_origin());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::internal);
  EXPECT_NE(refused.error().message.find("no room for the state of the run"), std::string::npos);
  for (const auto& path : {in_memory, in_folder}) std::filesystem::remove(path);
  goes_on(folder, 9, whole);
}

TEST_F(KilledSession, that_began_with_given_weights_goes_on_with_them) {
  const SessionResult first = start(config(), watching());
  SessionOptions options = watching();
  options.init_from = RunPaths{first.folder}.model().text();
  const SessionResult whole = start(config(), options);
  options.train.on_metrics = suicide_at(3, Metrics::Kind::log);
  options.name = "given";
  os::ForkedChild child([&] {
    (void)start_session(resolve_config(config()).value(), "", options);
    return 1;
  });
  EXPECT_EQ(child.wait(), -SIGKILL);
  goes_on(runs_ + "/given", 3, whole);
}

using EndedSession = KilledSession;

TEST_F(EndedSession, finished_or_stopped_leaves_no_state) {
  std::string running;
  bool seen = false;
  SessionOptions options = watching([&](const Metrics&) { seen = has_state(running); });
  options.on_start = [&](const RunPaths& paths, auto&&...) { running = paths.folder; };
  EXPECT_FALSE(has_state(start(config(), options).folder));
  EXPECT_TRUE(seen) << "there is one while it runs";
  for (const std::uint64_t step : {0U, 1U, 6U, 9U}) {
    const std::string folder = start(config(), stopping_at(step)).folder;
    EXPECT_FALSE(has_state(folder)) << step;
    (void)resume(folder, with_origin());
    EXPECT_FALSE(origin_.committed) << "its checkpoint is as new";
    EXPECT_EQ(origin_.step, step);
    EXPECT_FALSE(has_state(folder)) << step;
  }
}

TEST_F(EndedSession, diverged_leaves_no_state) {
  Config settings = config();
  settings.optimizer = {};
  settings.optimizer.type = "sgd";
  settings.optimizer.lr = 1e30;
  settings.model.layers = {dense(20, "relu"), dense(kClasses)};
  const SessionResult session = start(settings, watching());
  EXPECT_EQ(session.result->state, TrainResult::State::diverged);
  EXPECT_FALSE(has_state(session.folder));
}

TEST_F(EndedSession, before_its_first_step_leaves_no_state) {
  Config many = config();
  many.grid.threads = 60'000;  // more than any machine's limits
  SessionOptions options = watching();
  options.name = "refused";
  ASSERT_FALSE(start_session(resolve_config(many).value(), "", options).ok());
  EXPECT_FALSE(has_state(runs_ + "/refused"));
}

}  // namespace
}  // namespace forknet::run
