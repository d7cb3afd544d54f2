// Models with numbers that are not finite: because of their data, or of corrupt memory.
#include <gtest/gtest.h>

#include <limits>

#include "average/models.h"
#include "averaging/average_sessions.h"
#include "os/mapping.h"
#include "os/reserved_file.h"

namespace forknet::run {
namespace {

constexpr double kHuge = 3e38;

// One row makes every model diverge that trains on it.
Config with_a_bad_row(std::int64_t models, std::int64_t every) {
  Config config = averaging(models, every);
  config.data.train = clouds(60);
  for (double& input : config.data.train.input_rows[50]) input = kHuge;
  config.data.validation = {};
  config.data.scale = Scale::none;
  config.model.layers = {dense(20, "relu"), dense(kClasses)};
  config.train.batch = 4;
  config.train.leaf = 4;
  return config;
}

std::vector<Workers> few_layouts(std::int64_t models) {
  return {{models},
          {1},
          {2},
          {models, Host::process},
          {2, Host::process},
          {2, Host::process, 1, 1, "pipe"},
          {models, Host::thread, 1, 1, "pipe"}};
}

class ModelsInDanger : public AverageSessions {
 protected:
  TrainResult seen(const Config& config, std::vector<double>* figures = nullptr) {
    notes_.clear();
    TrainOptions options;
    options.on_note = [this](const std::string& text) { notes_.push_back(text); };
    options.on_metrics = [figures](const Metrics& metrics) {
      if (figures != nullptr && metrics.kind != Metrics::Kind::tick)
        figures->push_back(metrics.loss);
    };
    return trained(config, options);
  }
};
using DivergedModels = ModelsInDanger;

TEST_F(DivergedModels, are_left_out_of_the_mean_and_noted) {
  for (const std::int64_t every :
       {std::int64_t{1}, std::int64_t{2}, std::int64_t{7}, GridConfig::kEpoch, GridConfig::kEnd}) {
    SCOPED_TRACE(every);
    const Config config = with_a_bad_row(3, every);
    std::vector<double> first_figures;
    const TrainResult first = seen(carried_by(config, {3}), &first_figures);
    EXPECT_EQ(first.state, TrainResult::State::finished);
    EXPECT_EQ(first.steps, 15U);
    EXPECT_TRUE(noted("has diverged at step"));
    EXPECT_TRUE(noted("its round is trained again"));
    for (const double figure : first_figures) EXPECT_TRUE(std::isfinite(figure));
    for (int again = 0; again < 3; ++again) {
      for (const Workers& workers : few_layouts(3)) {
        std::vector<double> figures;
        EXPECT_EQ(seen(carried_by(config, workers), &figures).weights_digest, first.weights_digest)
            << name_of(workers);
        EXPECT_EQ(figures, first_figures) << name_of(workers);
      }
    }
  }
}

// Without shuffling the row is in the second share of two, so the first model is the mean.
TEST_F(DivergedModels, leave_the_mean_to_the_others) {
  Config config = with_a_bad_row(2, GridConfig::kEpoch);
  config.data.shuffle = false;
  config.train.epochs = 1;
  config.optimizer = {};
  Config alone = config;
  alone.grid = {};
  alone.data.train.input_rows.resize(30);
  alone.data.train.target_rows.resize(30);
  EXPECT_EQ(seen(config).weights_digest, trained(alone).weights_digest);
}

TEST_F(DivergedModels, end_the_run_where_that_is_asked_for) {
  for (const std::int64_t every :
       {std::int64_t{1}, std::int64_t{2}, GridConfig::kEpoch, GridConfig::kEnd}) {
    SCOPED_TRACE(every);
    Config config = with_a_bad_row(3, every);
    config.average.diverged = Diverged::fail;
    const TrainResult first = seen(carried_by(config, {3}));
    EXPECT_EQ(first.state, TrainResult::State::diverged);
    EXPECT_LT(first.steps, 15U);
    for (const Workers& workers : few_layouts(3)) {
      const TrainResult result = seen(carried_by(config, workers));
      EXPECT_EQ(result.state, TrainResult::State::diverged) << name_of(workers);
      EXPECT_EQ(result.steps, first.steps) << name_of(workers);
      EXPECT_EQ(result.weights_digest, first.weights_digest) << name_of(workers);
    }
  }
}

// Weights that overflow in a step whose loss was still finite: the mean must detect it.
Config with_a_huge_rate(std::int64_t every, Diverged diverged) {
  Config config = averaging(2, every);
  config.model.layers = {dense(kClasses)};
  config.optimizer = {};
  config.optimizer.type = "sgd";
  config.optimizer.lr = 1e300;  // infinite in fp32
  config.average.diverged = diverged;
  return config;
}

TEST_F(DivergedModels, all_of_them_end_the_run) {
  for (const auto diverged : {Diverged::leave_out, Diverged::fail}) {
    for (const std::int64_t every : {std::int64_t{1}, std::int64_t{3}, GridConfig::kEnd}) {
      const Config config = with_a_huge_rate(every, diverged);
      const TrainResult first = seen(carried_by(config, {2}));
      EXPECT_EQ(first.state, TrainResult::State::diverged);
      EXPECT_LE(first.steps, 2U);
      for (const Workers& workers : few_layouts(2)) {
        const TrainResult result = seen(carried_by(config, workers));
        EXPECT_EQ(result.state, TrainResult::State::diverged);
        EXPECT_EQ(result.steps, first.steps);
        EXPECT_EQ(result.weights_digest, first.weights_digest);
      }
    }
  }
}

// Its last step has a finite loss and infinite weights; there is no step after it.
TEST_F(DivergedModels, are_found_in_the_last_step_of_the_run) {
  for (const auto diverged : {Diverged::leave_out, Diverged::fail}) {
    Config config = with_a_huge_rate(GridConfig::kEnd, diverged);
    config.train.max_steps = 1;
    EXPECT_EQ(seen(carried_by(config, {2})).state, TrainResult::State::diverged);
    EXPECT_EQ(seen(carried_by(config, {1, Host::process})).state, TrainResult::State::diverged);
  }
}

using DivergedSessions = ModelsInDanger;

TEST_F(DivergedSessions, are_gone_on_with_wherever_they_stop_or_die) {
  for (const std::int64_t every : {std::int64_t{1}, std::int64_t{4}, GridConfig::kEnd}) {
    Config config = in_folder(with_a_bad_row(3, every));
    config.average.moments = AverageMoments::keep;
    config.checkpoint.every = {Interval::Unit::off, 0};
    const SessionResult undisturbed = whole(carried_by(config, {3}));
    ASSERT_EQ(undisturbed.result->state, TrainResult::State::finished);
    for (std::uint64_t step = 1; step < 15; step += 2) {
      SCOPED_TRACE(testing::Message() << "rounds of " << every << ", step " << step);
      const SessionResult stopped = start(carried_by(config, {3}), stopping_at(step));
      ends_like(resume(stopped.folder, sets({"grid.replicas=2"})), undisturbed);
      goes_on(killed_at(carried_by(config, {2}), step), undisturbed, sets({"grid.replicas=3"}));
    }
    for (const char* place : {"average/commit/before", "average/commit/after"}) {
      for (const char* hit : {":1", ":2"}) {
        if (every == GridConfig::kEnd && hit[1] == '2') continue;
        SCOPED_TRACE(std::string(place) + hit);
        goes_on(killed_in(carried_by(config, {3}), std::string(place) + hit), undisturbed);
      }
    }
  }
}

// The second model diverges in its sixth step while the first, slow one takes its first steps: all
// steps of it that count are reported before the run rests.
TEST_F(DivergedSessions, that_were_ahead_of_a_stop_are_gone_on_with) {
  Config config = in_folder(with_a_bad_row(2, GridConfig::kEnd));
  config.data.shuffle = false;
  const SessionResult undisturbed = whole(carried_by(config, {2}));
  SessionOptions options = watching();
  options.train.on_note = [this](const std::string& note) {
    if (note.find("has diverged at step 6") != std::string::npos) stop_ = 15;
  };
  std::string folder;
  {
    const WorkerFailpoints slow("worker/step/before@0:*:delay=50");
    const SessionResult stopped = start(carried_by(config, {2, Host::process}), options);
    ASSERT_EQ(stopped.result->state, TrainResult::State::stopped);
    EXPECT_GE(stopped.result->steps, 5U);
    folder = stopped.folder;
  }
  ends_like(resume(folder, sets({"grid.host=thread", "grid.replicas=1"})), undisturbed);
}

TEST_F(DivergedSessions, that_diverged_leave_no_state) {
  Config config = in_folder(with_a_bad_row(3, 4));
  config.average.diverged = Diverged::fail;
  const SessionResult run = whole(carried_by(config, {3, Host::process}));
  EXPECT_EQ(run.result->state, TrainResult::State::diverged);
  EXPECT_TRUE(memory_files(run.folder).empty());
}

// --- corrupt memory

using SpoiltModels = ModelsInDanger;

// Overwrites both versions of a model's weights with NaN.
void spoil(const std::string& folder, const Config& config, std::size_t model) {
  const Prepared prepared = std::move(prepare(config)).value();
  ModelsShape shape;
  shape.models = static_cast<std::size_t>(config.grid.models);
  shape.number_bytes = sizeof(float);
  shape.numbers = prepared.plan.numbers;
  shape.moments = 2;  // adam
  auto fd = os::open_reserved(read_list({folder})->weights.back()).value();
  auto memory = os::Mapping::of(std::move(fd), os::Mapping::Access::write).value();
  Models<float> models(memory.writable(), shape);
  EXPECT_FALSE(models.at_center(model));
  auto weights = models.weights(model);
  for (const std::uint64_t version : {0U, 1U}) {
    weights.turn_to(version);
    for (float& number : weights.parameters()) number = std::numeric_limits<float>::quiet_NaN();
  }
}

TEST_F(SpoiltModels, train_their_round_again_and_the_answer_is_the_same) {
  Config config = in_folder(averaging(2, GridConfig::kEnd));
  config.train.batch = 8;
  config.optimizer.type = "adam";
  const SessionResult undisturbed = whole(carried_by(config, {2}));
  for (const Workers& workers :
       std::vector<Workers>{{2}, {1}, {2, Host::process}, {1, Host::process}}) {
    for (const std::uint64_t step : {3U, 10U, 20U}) {
      SCOPED_TRACE(testing::Message() << name_of(workers) << ", step " << step);
      std::string folder;
      SessionOptions options = watching([&](const Metrics& metrics) {
        if (metrics.step == step && metrics.kind == Metrics::Kind::log) spoil(folder, config, 1);
      });
      options.on_start = [&](const RunPaths& paths, auto&&...) { folder = paths.folder; };
      const SessionResult run = start(carried_by(config, workers), options);
      EXPECT_TRUE(noted("model 1 holds a number that is not finite at step"));
      EXPECT_FALSE(noted("has diverged"));
      ends_like(run, undisturbed);
    }
  }
}

}  // namespace
}  // namespace forknet::run
