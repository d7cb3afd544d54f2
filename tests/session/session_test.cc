// What a run leaves in its folder, and what it does when the folder fails it.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "sessions.h"
#include "store/safetensors.h"
#include "train/summary.h"

namespace forknet::run {
namespace {

using Session = SessionFixture;

TEST_F(Session, leaves_everything_in_its_private_folder) {
  const SessionResult session = start(config(), watching());
  const RunPaths paths{session.folder};
  EXPECT_EQ(session.run, paths.name());
  EXPECT_TRUE(session.run.starts_with("small-"));
  const auto permissions = std::filesystem::status(session.folder).permissions();
  EXPECT_EQ(permissions, std::filesystem::perms::owner_all);
  EXPECT_EQ(os::get_file(paths.given_config()), "# as given\n");
  EXPECT_EQ(os::get_file(paths.summary()), session.summary + "\n");
  EXPECT_EQ(nlohmann::json::parse(session.summary)["run"], session.run);
  EXPECT_EQ(std::filesystem::read_symlink(runs_ + "/latest"), session.run);
  EXPECT_NE(os::get_file(paths.log()).find("finished at step 18"), std::string::npos);
  EXPECT_TRUE(nlohmann::json::parse(os::get_file(paths.meta()))["data"]["train"].is_object());
  const auto again = resolve_file(paths.resolved_config().text(), {});
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(trained(again->config).weights_digest, session.result->weights_digest);
}

TEST_F(Session, stores_which_first_weights_it_used) {
  Config settings = config();
  const auto stored = [&] {
    const SessionResult session = start(settings, watching());
    return resolve_file(RunPaths{session.folder}.resolved_config().text(), {}).value();
  };
  EXPECT_EQ(stored().config.model.init, "he_normal");
  for (auto& row : settings.data.train.target_rows) row = {row[0], 0.5, 1.0 - row[0]};
  settings.model.loss = "mse";
  EXPECT_EQ(stored().config.model.init, "glorot_uniform");
  settings.model.init = "he_normal";
  EXPECT_EQ(stored().config.model.init, "he_normal");
}

TEST_F(Session, its_model_file_is_the_model) {
  const SessionResult session = start(config(), watching());
  const auto model = Model::load(RunPaths{session.folder}.model().text());
  ASSERT_TRUE(model.ok()) << model.error().message;
  EXPECT_EQ(model->digest(), session.result->weights_digest);
  const Dataset data = dataset_of(clouds(50));
  EXPECT_EQ(*model->predict(data), *session.result->model.predict(data));
  EXPECT_EQ(model->evaluate(data)->loss, session.result->model.evaluate(data)->loss);
  const auto checkpoint =
      Model::load(RunPaths{session.folder}.checkpoints().text() + "/step-18.safetensors");
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.error().message;
  EXPECT_EQ(checkpoint->digest(), session.result->weights_digest);
}

TEST_F(Session, keeps_as_many_checkpoints_as_asked_for) {
  Config settings = config();
  settings.checkpoint.every = {Interval::Unit::steps, 4};
  settings.checkpoint.keep = 2;
  const SessionResult session = start(settings, watching());
  const store::CheckpointFolder checkpoints(RunPaths{session.folder}.checkpoints());
  EXPECT_EQ(*checkpoints.steps(), (std::vector<std::int64_t>{16, 18}));
}

TEST_F(Session, the_best_model_is_the_one_in_the_file) {
  Config settings = config();
  settings.data.train = clouds(201, 0.9);
  settings.train.epochs = 15;
  settings.checkpoint.best = "validation/loss";
  const SessionResult session = start(settings, watching());
  EXPECT_NE(session.result->model.digest(), session.result->weights_digest);
  EXPECT_EQ(Model::load(RunPaths{session.folder}.model().text())->digest(),
            session.result->model.digest());
}

TEST_F(Session, starts_from_the_weights_of_another_run) {
  const SessionResult first = start(config(), watching());
  auto options = stopping_at(0);
  options.init_from = RunPaths{first.folder}.model().text();
  const SessionResult second = start(config(), options);
  EXPECT_EQ(second.result->weights_digest, first.result->weights_digest);
  // They are kept at once, because nothing else tells them.
  std::string copy;
  auto whole_options = watching([&](const Metrics& metrics) {
    if (metrics.step == 3) copy = crashed(runs_ + "/whole", "crash");
  });
  whole_options.init_from = options.init_from;
  whole_options.name = "whole";
  const SessionResult whole = start(config(), whole_options);
  EXPECT_NE(whole.result->weights_digest, first.result->weights_digest);
  EXPECT_EQ(resume(second.folder).result->weights_digest, whole.result->weights_digest);
  EXPECT_EQ(resume(copy).result->weights_digest, whole.result->weights_digest);
}

TEST_F(Session, first_weights_that_were_lost_are_not_drawn_instead) {
  const SessionResult first = start(config(), watching());
  std::string copy;
  auto options = watching();
  options.init_from = RunPaths{first.folder}.model().text();
  options.on_start = [&](const RunPaths& paths, auto&&...) {
    copy = crashed(paths.folder, "crash");
  };
  (void)start(config(), options);
  const auto refused = resume_session(RunPaths{copy}, {}, watching());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::data);
}

TEST_F(Session, first_weights_of_another_shape_are_refused) {
  Config other = config();
  other.model.layers = {dense(5), dense(kClasses)};
  const SessionResult first = start(other, watching());
  auto options = watching();
  options.init_from = RunPaths{first.folder}.model().text();
  const auto refused = start_session(resolve_config(config()).value(), "", options);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::data);
  EXPECT_NE(refused.error().message.find("layers.0.weight"), std::string::npos);
}

TEST_F(Session, first_weights_of_another_number_of_members_are_refused_by_that_number) {
  Config several = config();
  several.model.members = 2;
  const SessionResult first = start(several, watching());
  auto options = watching();
  options.init_from = RunPaths{first.folder}.model().text();
  const auto refused = start_session(resolve_config(config()).value(), "", options);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::data);
  EXPECT_NE(refused.error().message.find("a model of 2 members, and model.members is 1"),
            std::string::npos)
      << refused.error().message;
}

TEST_F(Session, a_checkpoint_that_cannot_be_written_is_a_warning) {
  const SessionResult undisturbed = start(config(), watching());
  std::string checkpoints;
  auto options = watching([&](const Metrics& metrics) {
    if (metrics.step != 3 || metrics.kind != Metrics::Kind::log) return;
    std::filesystem::remove_all(checkpoints);
    os::put_file(checkpoints, "in the way");
  });
  options.on_start = [&](const RunPaths& paths, auto&&...) {
    checkpoints = paths.checkpoints().text();
  };
  const SessionResult session = start(config(), options);
  EXPECT_EQ(session.result->state, TrainResult::State::finished);
  EXPECT_EQ(session.result->weights_digest, undisturbed.result->weights_digest);
  EXPECT_EQ(notes_.size(), 3U);  // one an epoch
  EXPECT_TRUE(noted("training goes on without a checkpoint so far"));
  EXPECT_NE(os::get_file(RunPaths{session.folder}.log()).find("warning: "), std::string::npos);
}

// The disk is full from step 3 to step 15: no file may grow.
TEST_F(Session, a_full_disk_costs_records_but_not_the_training) {
  Config settings = config();
  settings.checkpoint.every = {Interval::Unit::steps, 4};
  const SessionResult undisturbed = start(settings, watching());
  rlimit whole = {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &whole), 0);
  const auto former = std::signal(SIGXFSZ, SIG_IGN);
  const SessionResult session = start(settings, watching([&](const Metrics& metrics) {
                                        if (metrics.kind != Metrics::Kind::log) return;
                                        rlimit limit = whole;
                                        if (metrics.step >= 3 && metrics.step < 15)
                                          limit.rlim_cur = 300;
                                        ::setrlimit(RLIMIT_FSIZE, &limit);
                                      }));
  ::setrlimit(RLIMIT_FSIZE, &whole);
  std::signal(SIGXFSZ, former);
  EXPECT_EQ(session.result->state, TrainResult::State::finished);
  EXPECT_EQ(session.result->weights_digest, undisturbed.result->weights_digest);
  EXPECT_TRUE(noted("training goes on; lines of its history are missing"));
  EXPECT_TRUE(noted("training goes on without a checkpoint so far"));
  EXPECT_EQ(notes_.size(), 4U) << "checkpoints at 4, 8, 12, and the history once";
  const store::CheckpointFolder checkpoints(RunPaths{session.folder}.checkpoints());
  EXPECT_EQ(*checkpoints.steps(), (std::vector<std::int64_t>{16, 18}));
  std::istringstream lines(os::get_file(RunPaths{session.folder}.metrics()));
  std::uint64_t last = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto object = nlohmann::json::parse(line, nullptr, false);
    ASSERT_TRUE(object.is_object()) << line;
    EXPECT_GE(object["step"], last);
    last = object["step"];
  }
  EXPECT_EQ(last, 18U);
}

TEST_F(Session, a_diverged_run_says_so_and_keeps_no_model) {
  Config settings = config();
  settings.model.layers = {dense(20, "relu"), dense(kClasses)};
  settings.optimizer = {};
  settings.optimizer.type = "sgd";
  settings.optimizer.lr = 1e30;
  const SessionResult session = start(settings, watching());
  EXPECT_EQ(session.result->state, TrainResult::State::diverged);
  const auto summary = nlohmann::json::parse(session.summary);
  EXPECT_EQ(summary["state"], "diverged");
  EXPECT_TRUE(summary["train"]["loss"].is_null());
  EXPECT_FALSE(std::filesystem::exists(RunPaths{session.folder}.model()));
}

// What is wrong with first weights shows before there is a folder; what comes to grief later is
// told as a failure, not taken for a kill.
TEST_F(Session, first_weights_that_do_not_fit_leave_no_run) {
  const SessionResult other = start(config(), watching());
  Config settings = config();
  settings.model.layers = {dense(20, "relu"), dense(kClasses)};
  const auto before = *list_runs(runs_);
  auto options = watching();
  for (const std::string& path :
       {RunPaths{other.folder}.model().text(), std::string(folder_ / "none")}) {
    options.init_from = path;
    const auto refused = start_session(resolve_config(settings).value(), "", options);
    ASSERT_FALSE(refused.ok());
    EXPECT_NE(refused.error().message.find(path), std::string::npos) << refused.error().message;
  }
  EXPECT_EQ(*list_runs(runs_), before);
}

TEST_F(Session, a_run_that_ends_with_an_error_says_so_in_its_summary) {
  Config settings = config();
  settings.grid.threads = 60'000;  // more than any machine's limits
  auto options = watching();
  std::string told;
  options.on_failure = [&](const std::string& summary) { told = summary; };
  options.name = "failed";
  const auto failed = start_session(resolve_config(settings).value(), "", options);
  ASSERT_FALSE(failed.ok());
  const RunPaths paths{runs_ + "/failed"};
  EXPECT_EQ(os::get_file(paths.summary()), told + "\n");
  const auto failure = read_failure(paths.summary());
  ASSERT_TRUE(failure.has_value()) << told;
  EXPECT_EQ(failure->kind, failed.error().kind);
  EXPECT_EQ(failure->message, failed.error().message);
  const SessionResult rest = resume(paths.folder, {{}, {}, {"grid.threads=1"}});
  EXPECT_EQ(rest.result->state, TrainResult::State::finished);
  EXPECT_FALSE(read_failure(paths.summary()).has_value());
}

}  // namespace
}  // namespace forknet::run
