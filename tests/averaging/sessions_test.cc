// Runs with models that train apart: stopped, killed and resumed, also with other workers.
#include <gtest/gtest.h>

#include "averaging/average_sessions.h"
#include "os/file.h"
#include "session/stored_config.h"

namespace forknet::run {
namespace {

// 18 steps of 4 models in rounds of 5.
Config with_everything(AverageMoments moments) {
  Config config = averaging(4, 5);
  config.train.batch = 8;
  config.average.moments = moments;
  config.average.outer_lr = 0.7;
  config.average.outer_momentum = 0.9;
  return config;
}

TEST_F(AverageSessions, a_checkpoint_within_a_round_is_gone_on_with_by_any_workers) {
  for (const auto moments : {AverageMoments::mean, AverageMoments::keep, AverageMoments::reset}) {
    Config config = in_folder(with_everything(moments));
    config.checkpoint.every = {Interval::Unit::steps, 3};
    config.checkpoint.keep = 100;
    const SessionResult undisturbed = whole(carried_by(config, {4}));
    for (const std::uint64_t step : {0U, 1U, 4U, 5U, 6U, 9U, 12U, 15U, 17U}) {
      SCOPED_TRACE(step);
      const bool processes = step % 2 == 1;
      const SessionResult stopped = start(
          carried_by(config, {2, processes ? Host::process : Host::thread}), stopping_at(step));
      ASSERT_EQ(stopped.result->state, TrainResult::State::stopped);
      const SessionResult rest =
          resume(stopped.folder,
                 sets({processes ? "grid.host=thread" : "grid.host=process", "grid.replicas=3"}));
      ends_like(rest, undisturbed);
    }
  }
}

// Only the checkpoint remains, as after a crash of the machine.
TEST_F(AverageSessions, checkpoints_alone_are_enough) {
  Config config = in_folder(with_everything(AverageMoments::keep));
  config.checkpoint.every = {Interval::Unit::steps, 4};
  const SessionResult undisturbed = whole(carried_by(config, {4}));
  for (const std::uint64_t step : {3U, 4U, 7U, 11U, 13U, 17U}) {
    const std::string folder = killed_at(carried_by(config, {4}), step);
    std::filesystem::remove(read_list({folder})->control);
    const SessionResult rest = resume(folder, sets({"grid.replicas=1"}));
    EXPECT_TRUE(noted("the state of the last step cannot be used"));
    ends_like(rest, undisturbed);
  }
}

TEST_F(AverageSessions, a_killed_run_goes_on_from_its_last_step_with_any_workers) {
  for (const auto moments : {AverageMoments::mean, AverageMoments::keep}) {
    const Config config = in_folder(with_everything(moments));
    const SessionResult undisturbed = whole(carried_by(config, {4}));
    for (const std::uint64_t step : {1U, 4U, 5U, 6U, 7U, 12U, 17U, 18U}) {
      SCOPED_TRACE(step);
      goes_on(killed_at(carried_by(config, {4}), step), undisturbed, sets({"grid.replicas=2"}));
      goes_on(killed_at(carried_by(config, {2, Host::process}), step), undisturbed,
              sets({"grid.host=thread", "grid.replicas=3"}));
    }
    goes_on(killed_at(carried_by(config, {3}), 6, Metrics::Kind::epoch), undisturbed);
  }
}

TEST_F(AverageSessions, a_supervisor_that_dies_while_it_averages_costs_nothing) {
  for (const auto moments : {AverageMoments::mean, AverageMoments::keep, AverageMoments::reset}) {
    const Config config = in_folder(with_everything(moments));
    const SessionResult undisturbed = whole(carried_by(config, {4}));
    for (const char* place : {"average/mean/before", "average/mean/moments",
                              "average/commit/before", "average/commit/after"}) {
      for (const char* hit : {":1", ":2", ":4"}) {
        SCOPED_TRACE(std::string(place) + hit);
        goes_on(killed_in(carried_by(config, {4}), std::string(place) + hit), undisturbed,
                sets({"grid.replicas=2"}));
      }
    }
    for (const char* place : {"worker/order/taken:2", "worker/order/done:3", "worker/step/before:9",
                              "worker/step/after:20", "average/seed:1", "average/seed:7"}) {
      SCOPED_TRACE(place);
      goes_on(killed_in(carried_by(config, {4}), place), undisturbed);
    }
    goes_on(killed_in(carried_by(config, {2, Host::process}), "average/commit/before:2"),
            undisturbed);
  }
}

Workers behind_pipes(std::int64_t count, Host host = Host::process) {
  return {count, host, 1, 1, "pipe"};
}

TEST_F(AverageSessions, a_supervisor_that_dies_while_models_travel_costs_nothing) {
  for (const auto moments : {AverageMoments::mean, AverageMoments::keep}) {
    const Config config = in_folder(with_everything(moments));
    const SessionResult undisturbed = whole(carried_by(config, {4}));
    int number = 0;
    for (const char* place :
         {"models/send", "models/take/before", "models/take/within", "models/take/after"}) {
      for (const char* hit : {":1", ":2", ":5", ":11"}) {
        SCOPED_TRACE(std::string(place) + hit);
        const Host host = ++number % 2 == 0 ? Host::process : Host::thread;
        goes_on(killed_in(carried_by(config, behind_pipes(number % 4 + 1, host)),
                          std::string(place) + hit),
                undisturbed, sets({number % 3 == 0 ? "grid.channel=shm" : "grid.replicas=2"}));
      }
    }
    for (const std::uint64_t step : {1U, 5U, 6U, 12U, 17U}) {
      SCOPED_TRACE(step);
      goes_on(killed_at(carried_by(config, behind_pipes(3)), step), undisturbed);
      goes_on(killed_at(carried_by(config, {2}), step), undisturbed, sets({"grid.channel=pipe"}));
    }
  }
}

TEST_F(AverageSessions, workers_that_die_with_a_model_of_their_own_change_nothing) {
  for (const auto moments : {AverageMoments::mean, AverageMoments::keep}) {
    const Config config = in_folder(with_everything(moments));
    const SessionResult undisturbed = whole(carried_by(config, {4}));
    for (const char* place : {"worker/order/taken@1:3:kill", "worker/order/done@0:2:kill",
                              "worker/step/before@1:6:kill", "worker/step/after@0:5:segv",
                              "model/fetch/before@0:1:kill", "model/fetch/before@2:2:kill",
                              "model/fetch/after@1:1:kill", "model/fetch/after@0:4:abort",
                              "model/give_back/before@0:1:kill", "model/give_back/before@1:3:kill",
                              "model/give_back/after@0:1:kill", "model/give_back/after@2:2:kill"}) {
      SCOPED_TRACE(place);
      const WorkerFailpoints failpoints(place);
      const SessionResult run = whole(carried_by(config, behind_pipes(3)));
      EXPECT_GE(run.result->faults.cell_deaths, 1U);
      EXPECT_EQ(run.result->faults.restarts, run.result->faults.cell_deaths);
      ends_like(run, undisturbed);
    }
  }
}

// Longer than the interval at which the Supervisor checks its workers.
TEST_F(AverageSessions, workers_that_take_long_to_start_are_waited_for) {
  const Config config = in_folder(averaging(2));
  for (const auto channel : {"shm", "pipe"}) {
    const WorkerFailpoints failpoints("cell/started:1:delay=60");
    const SessionResult run = whole(carried_by(config, {2, Host::process, 1, 1, channel}));
    EXPECT_EQ(run.result->faults.cell_deaths, 0U);
  }
}

TEST_F(AverageSessions, workers_that_die_change_nothing) {
  for (const auto moments : {AverageMoments::mean, AverageMoments::keep}) {
    const Config config = in_folder(with_everything(moments));
    const SessionResult undisturbed = whole(carried_by(config, {4}));
    for (const char* place :
         {"worker/order/taken@0:1:kill", "worker/order/taken@1:3:kill",
          "worker/order/done@0:1:kill", "worker/order/done@2:2:kill", "worker/step/before@0:1:kill",
          "worker/step/before@1:6:kill", "worker/step/after@0:5:kill", "worker/step/after@2:1:segv",
          "average/seed@0:1:kill", "average/seed@1:2:kill", "worker/step/after:3:kill"}) {
      SCOPED_TRACE(place);
      const WorkerFailpoints failpoints(place);
      const SessionResult run = whole(carried_by(config, {3, Host::process}));
      EXPECT_GE(run.result->faults.cell_deaths, 1U);
      EXPECT_EQ(run.result->faults.restarts, run.result->faults.cell_deaths);
      ends_like(run, undisturbed);
    }
  }
}

TEST_F(AverageSessions, a_worker_that_always_dies_ends_the_run_and_it_can_be_gone_on_with) {
  const Config config = in_folder(averaging(2));
  const SessionResult undisturbed = whole(carried_by(config, {2}));
  const Resolved settings = resolve_config(carried_by(config, {2, Host::process})).value();
  SessionOptions options = watching();
  options.name = "dying";
  {
    const WorkerFailpoints failpoints("again,worker/step/before@1:1:abort");
    const auto run = start_session(settings, "", options);
    ASSERT_FALSE(run.ok());
    EXPECT_EQ(run.error().kind, ErrorKind::cell);
  }
  ends_like(resume(runs_ + "/dying"), undisturbed);
}

TEST_F(AverageSessions, early_stopping_and_the_best_model_are_those_of_any_workers) {
  Config config = in_folder(averaging(3, 4));
  config.data.train = clouds(201, 1.0);  // random labels, which cannot be learned
  config.train.epochs = 30;
  config.train.early_stop_patience = 2;
  config.checkpoint.best = "validation/loss";
  const SessionResult undisturbed = whole(carried_by(config, {3}));
  ASSERT_LT(undisturbed.result->epochs, 30U);
  EXPECT_NE(undisturbed.result->model.digest(), undisturbed.result->weights_digest)
      << "the best is not the last";
  ends_like(whole(carried_by(config, {2, Host::process})), undisturbed);
  const SessionResult stopped = start(carried_by(config, {1}), stopping_at(6));
  ends_like(resume(stopped.folder, sets({"grid.replicas=3"})), undisturbed);
}

TEST_F(AverageSessions, clipped_norms_and_the_rates_of_a_plateau_are_those_of_any_workers) {
  Config config = in_folder(averaging(3, 4));
  config.data.train = clouds(201, 1.0);
  config.train.epochs = 8;
  config.train.clip_norm = 0.1;
  config.optimizer.schedule = "plateau";
  config.optimizer.settings = {{"patience", 1}, {"threshold", 0.5}};
  const SessionResult undisturbed = whole(carried_by(config, {3}));
  EXPECT_TRUE(noted("plateau: the learning rate falls"));
  ends_like(whole(carried_by(config, {2, Host::process})), undisturbed);
  const SessionResult stopped = start(carried_by(config, {1}), stopping_at(6));
  ends_like(resume(stopped.folder, sets({"grid.replicas=3"})), undisturbed);
}

TEST_F(AverageSessions, a_time_limit_needs_an_average_before_the_end) {
  Config config = in_folder(averaging(3, GridConfig::kEnd));
  config.train.max_seconds = 1;
  const auto refused = resolve_config(config);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::config);
  EXPECT_NE(refused.error().message.find("train.max_seconds"), std::string::npos);
}

TEST_F(AverageSessions, a_finished_run_goes_on_for_more_epochs_as_one_that_was_longer) {
  Config longer = in_folder(averaging(3));
  longer.optimizer.schedule = "constant";
  Config shorter = longer;
  shorter.train.epochs = 1;
  const SessionResult undisturbed = whole(carried_by(longer, {3}));
  const SessionResult first = whole(carried_by(shorter, {3}));
  const SessionResult rest = resume(first.folder, sets({"train.epochs=3", "grid.replicas=1"}));
  EXPECT_EQ(rest.result->weights_digest, undisturbed.result->weights_digest);
}

TEST_F(AverageSessions, what_is_a_part_of_the_answer_cannot_change_in_a_resume) {
  const Config config = in_folder(averaging(3, 4));
  const SessionResult stopped = start(carried_by(config, {2}), stopping_at(5));
  for (const char* change :
       {"grid.models=4", "grid.sync=step", "grid.average_every=5", "grid.average_every=epoch",
        "average.batch=shared", "average.moments=keep", "average.outer_lr=0.5",
        "average.outer_momentum=0.5", "average.diverged=fail"}) {
    const auto refused = resume_session(RunPaths{stopped.folder}, sets({change}), watching());
    ASSERT_FALSE(refused.ok()) << change;
    EXPECT_EQ(refused.error().kind, ErrorKind::config) << change;
    EXPECT_NE(refused.error().message.find("cannot change in a resume"), std::string::npos)
        << refused.error().message;
  }
  const auto unit_threads =
      resume_session(RunPaths{stopped.folder}, sets({"grid.replicas=4"}), watching());
  ASSERT_FALSE(unit_threads.ok());
  EXPECT_NE(unit_threads.error().message.find("only 3 model(s) to train"), std::string::npos);
}

TEST_F(AverageSessions, what_is_automatic_goes_on_after_a_kill_and_in_a_resume) {
  const Config config = in_folder(by_default(3));
  const SessionResult undisturbed = whole(carried_by(config, {3}));
  goes_on(killed_at(carried_by(config, {2, Host::process}), 5), undisturbed,
          sets({"grid.replicas=1", "grid.host=thread"}));
  const SessionResult stopped = start(carried_by(config, {1}), stopping_at(6));
  ends_like(resume(stopped.folder, sets({"grid.replicas=3"})), undisturbed);
}

// A run of a version without average.batch: its models continue with train.batch rows each and the
// outer momentum of that version.
TEST_F(AverageSessions, a_run_of_an_older_version_goes_on_as_it_began) {
  Config config = in_folder(averaging(8));
  const SessionResult undisturbed = whole(carried_by(config, {2}));
  const SessionResult stopped = start(carried_by(config, {2}), stopping_at(5));
  const RunPaths paths{stopped.folder};
  std::string text = os::read_file(paths.resolved_config(), 1 << 20).value();
  const std::size_t begin = text.find("[average]\n") + 10;
  const std::size_t end = text.find("batch = \"each\"", begin);
  ASSERT_NE(end, std::string::npos);
  text.erase(begin, text.find('\n', end) + 1 - begin);
  ASSERT_TRUE(write_stored_config(paths, text).ok());
  const auto refused = resume_session(paths, sets({"average.batch=shared"}), watching());
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("the run was started with \"each\""), std::string::npos)
      << refused.error().message;
  ends_like(resume(stopped.folder), undisturbed);
  text = os::read_file(paths.resolved_config(), 1 << 20).value();
  EXPECT_NE(text.find("# an older version of forknet", begin), std::string::npos)
      << text.substr(begin, 300);
}

TEST_F(AverageSessions, a_synchronous_run_cannot_become_an_averaging_one) {
  const SessionResult stopped = start(config(), stopping_at(5));
  const auto refused =
      resume_session(RunPaths{stopped.folder}, sets({"grid.sync=average"}), watching());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::config);
}

TEST_F(AverageSessions, models_that_were_left_open_are_those_of_the_start) {
  Config config = in_folder(averaging(0));
  config.grid.replicas = 3;
  const SessionResult undisturbed = whole(config);
  const SessionResult stopped = start(config, stopping_at(5));
  ends_like(resume(stopped.folder, sets({"grid.replicas=1"})), undisturbed);
}

TEST_F(AverageSessions, more_models_than_rows_are_refused) {
  Config config = averaging(200);
  config.data.train = clouds(20);
  const auto refused = train(config);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::config);
}

}  // namespace
}  // namespace forknet::run
