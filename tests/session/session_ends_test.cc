// What ends a run before its last step, and what a resume makes of it: early stopping, time, and a
// learning rate that follows the validation.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "sessions.h"
#include "state/state_list.h"

namespace forknet::run {
namespace {

class RunEnds : public SessionFixture {
 protected:
  // Labels that nothing can learn, so that the validation soon gets worse: with plateau and early
  // stopping.
  Config worsening() const {
    Config settings = config();
    settings.data.train = clouds(201, 1.0);
    settings.train.epochs = 100;
    settings.train.early_stop_patience = 5;
    settings.optimizer.schedule = "plateau";
    settings.optimizer.settings = {{"patience", 2}};
    return settings;
  }
  // The training loop gets no further than this step within the second of train.max_seconds; less
  // far on a machine that is very slow.
  SessionOptions out_of_time_at(std::uint64_t step) {
    return watching([step, begun = std::int64_t{0}](const Metrics& metrics) mutable {
      if (begun == 0) begun = monotonic_ns();
      while (metrics.step == step && monotonic_ns() - begun < 1'000'000'000) {
      }
    });
  }
  static nlohmann::json summary_of(const std::string& folder) {
    return nlohmann::json::parse(os::get_file(RunPaths{folder}.summary()));
  }
};

TEST_F(RunEnds, by_early_stopping_has_the_best_model_whenever_it_was_killed) {
  const Config settings = worsening();
  const SessionResult whole = start(settings, watching());
  ASSERT_TRUE(whole.result->best.has_value());
  const std::uint64_t best = whole.result->best->step;
  ASSERT_LT(best, whole.result->steps);
  EXPECT_EQ(Model::load(RunPaths{whole.folder}.model().text())->digest(),
            whole.result->model.digest());
  EXPECT_NE(whole.result->model.digest(), whole.result->weights_digest);
  EXPECT_EQ(summary_of(whole.folder)["model_digest"], whole.result->model.digest());
  EXPECT_EQ(summary_of(whole.folder)["best"]["epoch"], best / 6);
  for (const auto& [step, kind] :
       {std::pair{best, Metrics::Kind::epoch}, std::pair{best + 1, Metrics::Kind::log},
        std::pair{whole.result->steps, Metrics::Kind::epoch}}) {
    const std::string folder = killed_at(settings, step, kind);
    const SessionResult rest = resume(folder);
    EXPECT_EQ(rest.result->model.digest(), whole.result->model.digest()) << step;
    EXPECT_EQ(rest.result->weights_digest, whole.result->weights_digest) << step;
    EXPECT_EQ(rest.result->best->step, best) << step;
    EXPECT_EQ(rest.result->validation->loss, whole.result->validation->loss) << step;
    EXPECT_EQ(history(folder), history(whole.folder)) << "rates included, " << step;
  }
}

// The state of the last step is gone, and the model file is that of an evaluation to come.
TEST_F(RunEnds, does_not_take_the_model_of_a_step_that_a_shorter_run_never_reaches) {
  Config settings = worsening();
  settings.data.train = clouds(201);
  settings.checkpoint.every = {Interval::Unit::steps, 6};
  settings.train.early_stop_patience = 50;
  const std::string folder = killed_at(settings, 25);
  std::filesystem::remove(read_list({folder})->control);
  std::filesystem::remove(RunPaths{folder}.checkpoints().text() + "/step-24.safetensors");
  std::filesystem::remove(RunPaths{folder}.checkpoints().text() + "/step-18.safetensors");
  (void)resume(folder, {.environment = {}, .flags = {}, .sets = {"train.epochs=2"}});
  Config shorter = settings;
  shorter.train.epochs = 2;
  const SessionResult whole = start(shorter, watching());
  const auto summary = summary_of(folder);
  EXPECT_EQ(summary["weights_digest"], whole.result->weights_digest);
  if (summary.contains("best")) {
    EXPECT_EQ(summary["model_digest"], whole.result->model.digest());
  }
}

TEST_F(RunEnds, with_the_best_of_the_steps_since_a_resume_that_began_to_keep_it) {
  Config settings = worsening();
  settings.optimizer.schedule = "constant";
  settings.train.early_stop_patience = 0;
  settings.train.epochs = 12;
  const SessionResult part = start(settings, stopping_at(60));
  const SessionResult rest = resume(part.folder, {{}, {}, {"checkpoint.best=validation/loss"}});
  EXPECT_TRUE(noted("was not kept; the best is that of the steps to come"));
  ASSERT_TRUE(rest.result->best.has_value());
  EXPECT_GE(rest.result->best->step, 60U);
  EXPECT_FALSE(noted("the best model is lost"));
  EXPECT_EQ(Model::load(RunPaths{part.folder}.model().text())->digest(),
            rest.result->model.digest());
}

// While it is off, a better model comes and is not kept.
TEST_F(RunEnds, does_not_take_a_model_from_before_the_best_was_switched_off) {
  Config settings = worsening();
  settings.optimizer.schedule = "constant";
  settings.train.early_stop_patience = 0;
  settings.train.epochs = 12;
  settings.checkpoint.best = "validation/loss";
  const SessionResult part = start(settings, stopping_at(15));
  (void)resume(part.folder, stopping_at(60), {{}, {}, {"checkpoint.best=off"}});
  const SessionResult rest = resume(part.folder, {{}, {}, {"checkpoint.best=validation/loss"}});
  EXPECT_TRUE(noted("was not kept; the best is that of the steps to come"));
  ASSERT_TRUE(rest.result->best.has_value());
  EXPECT_GE(rest.result->best->step, 60U);
  EXPECT_EQ(Model::load(RunPaths{part.folder}.model().text())->digest(),
            rest.result->model.digest());
}

TEST_F(RunEnds, by_a_plateau_of_the_validation_has_the_same_rates_from_an_old_checkpoint) {
  Config settings = worsening();
  settings.train.early_stop_patience = 0;
  settings.train.epochs = 12;
  const SessionResult whole = start(settings, watching());
  EXPECT_TRUE(noted("plateau: the learning rate falls from 0.01 to 0.001 after step"));
  const std::string folder = killed_at(settings, 69);
  std::filesystem::remove(read_list({folder})->control);
  for (const int step : {66, 60}) {
    std::filesystem::remove(RunPaths{folder}.checkpoints().text() + "/step-" +
                            std::to_string(step) + ".safetensors");
  }
  const SessionResult rest = resume(folder);
  EXPECT_EQ(rest.result->weights_digest, whole.result->weights_digest);
  EXPECT_EQ(history(folder), history(whole.folder));
}

TEST_F(RunEnds, by_its_time_is_finished_at_a_step_and_a_resume_continues_there) {
  Config settings = config();
  settings.checkpoint.every = {Interval::Unit::off, 0};
  const SessionResult whole = start(settings, watching());
  settings.train.max_seconds = 1;
  const SessionResult part = start(settings, out_of_time_at(8));
  EXPECT_EQ(part.result->state, TrainResult::State::finished);
  EXPECT_TRUE(part.result->out_of_time);
  EXPECT_LE(part.result->steps, 8U);
  EXPECT_TRUE(noted("train.max_seconds = 1: ended after step " +
                    std::to_string(part.result->steps) + " of 18; a resume continues there"));
  EXPECT_EQ(summary_of(part.folder)["ended_by"], "max_seconds");
  EXPECT_EQ(nlohmann::json::parse(os::get_file(RunPaths{part.folder}.status()))["ended_by"],
            "max_seconds");
  EXPECT_EQ(Model::load(RunPaths{part.folder}.model().text())->digest(),
            part.result->weights_digest);
  const SessionResult rest =
      resume(part.folder, {.environment = {}, .flags = {}, .sets = {"train.max_seconds=60"}});
  EXPECT_FALSE(rest.was_finished);
  EXPECT_FALSE(rest.result->out_of_time);
  EXPECT_EQ(rest.result->weights_digest, whole.result->weights_digest);
  EXPECT_EQ(history(part.folder), history(whole.folder));
  EXPECT_TRUE(resume(part.folder).was_finished);
}

TEST_F(RunEnds, by_its_time_at_the_end_of_an_epoch_has_closed_it) {
  Config settings = config();
  const SessionResult whole = start(settings, watching());
  settings.train.max_seconds = 1;
  const SessionResult part = start(settings, out_of_time_at(12));
  EXPECT_LE(part.result->steps, 12U);
  EXPECT_EQ(part.result->epochs, part.result->steps / 6);
  EXPECT_TRUE(part.result->validation.has_value());
  const SessionResult rest = resume(part.folder);
  EXPECT_FALSE(rest.result->out_of_time) << "it has another second";
  EXPECT_EQ(rest.result->weights_digest, whole.result->weights_digest);
  EXPECT_EQ(history(part.folder), history(whole.folder));
}

TEST_F(RunEnds, by_its_last_step_is_not_out_of_time) {
  Config settings = config();
  settings.train.max_seconds = 1;
  const SessionResult whole = start(settings, out_of_time_at(18));
  EXPECT_EQ(whole.result->steps, 18U);
  EXPECT_FALSE(whole.result->out_of_time);
}

}  // namespace
}  // namespace forknet::run
