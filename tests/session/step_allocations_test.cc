// The step loop allocates nothing: operator new of this program counts.
#include <gtest/gtest.h>

#include <cmath>

#include "allocations.h"
#include "nn/optimizers/list.h"
#include "nn/schedules/list.h"
#include "os/temporary_folder.h"
#include "session/session.h"
#include "small_runs.h"
#include "train/trainer.h"

namespace forknet::run {
namespace {

template <class T>
std::uint64_t allocations_of_steps(const Prepared& prepared, int steps,
                                   const TrainOptions& options = {}) {
  const TrainJob job{prepared.config, prepared.data, prepared.plan, prepared.target, options};
  const auto trainer = Trainer<T>::create(job).value();
  // The first steps let every loader thread start.
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(trainer->step().value());
  const std::uint64_t before = allocations();
  for (int i = 0; i < steps; ++i) EXPECT_TRUE(trainer->step().value());
  return allocations() - before;
}

TEST(StepAllocations, a_step_allocates_nothing) {
  if (!counts_allocations) GTEST_SKIP() << "ThreadSanitizer keeps its operator new";
  for (const int threads : {0, 1, 4}) {
    Config config = small_config();
    config.train.epochs = 100;
    config.data.loader_threads = threads;
    const Prepared prepared = std::move(prepare(config)).value();
    EXPECT_EQ(allocations_of_steps<float>(prepared, 500), 0U) << threads << " loader threads";
    EXPECT_EQ(allocations_of_steps<double>(prepared, 500), 0U) << threads << " loader threads";
  }
}

struct Grid {
  std::int64_t stages, replicas, threads;
  std::string_view channel = "shm";
  double clip_norm = 0;
};

// Without a trace and with one.
TEST(StepAllocations, no_layout_allocates) {
  if (!counts_allocations) GTEST_SKIP() << "ThreadSanitizer keeps its operator new";
  TrainOptions traced;
  traced.on_trace = [](const RunTrace&) {};
  constexpr auto kPipe = "pipe";
  constexpr std::int64_t kNeurons = GridConfig::kNeurons;
  Config config = small_config();
  config.train.epochs = 100;
  config.grid.host = Host::thread;
  config.grid.microbatches = 2;
  for (const Grid& grid : std::vector<Grid>{{1, 1, 1},
                                            {1, 1, 2},
                                            {1, 2, 1},
                                            {1, 4, 1},
                                            {3, 1, 1},
                                            {2, 2, 2},
                                            {2, 1, kNeurons},
                                            {3, 1, 1, kPipe},
                                            {2, 3, 1, kPipe},
                                            {1, 2, 2, kPipe},
                                            {2, 1, kNeurons, kPipe},
                                            {1, 1, 1, "shm", 0.1},
                                            {2, 2, 2, "shm", 0.1},
                                            {2, 3, 1, kPipe, 0.1}}) {
    config.grid.stages = grid.stages;
    config.grid.replicas = grid.replicas;
    config.grid.threads = grid.threads;
    config.grid.channel = grid.channel;
    config.train.clip_norm = grid.clip_norm;
    const Prepared prepared = std::move(prepare(config)).value();
    for (const TrainOptions& options : {TrainOptions(), traced}) {
      EXPECT_EQ(allocations_of_steps<float>(prepared, 200, options), 0U)
          << grid.stages << " x " << grid.replicas << " x " << grid.threads
          << (grid.channel == kPipe ? " behind pipes" : "") << (options.on_trace ? ", traced" : "");
    }
  }
}

// Nor do lists of touched rows, which a step of sgd keeps, grow after the first steps.
TEST(StepAllocations, no_layer_allocates) {
  if (!counts_allocations) GTEST_SKIP() << "ThreadSanitizer keeps its operator new";
  Config config = small_config();
  config.train.epochs = 100;
  config.grid.host = Host::thread;
  config.data.scale = Scale::none;
  for (auto& row : config.data.train.input_rows) {
    for (double& number : row) number = std::floor(16 * number + 32);
  }
  config.model.layers = {embedding(5), residual({layer_norm(), dense(60, "gelu"), dropout(0.1)}),
                         dense(kClasses)};
  for (const char* const optimizer : {"sgd", "adam"}) {
    config.optimizer = {optimizer, 0.01};
    for (const std::int64_t workers : {1, 2}) {
      config.grid.stages = config.grid.threads = workers;
      config.model.members = 2 * workers - 1;
      const Prepared prepared = std::move(prepare(config)).value();
      EXPECT_EQ(allocations_of_steps<float>(prepared, 200), 0U) << optimizer << " " << workers;
    }
  }
}

// A worker that takes a model from another one opens it anew; these never do.
TEST(StepAllocations, models_that_train_apart_allocate_nothing_within_a_round) {
  if (!counts_allocations) GTEST_SKIP() << "ThreadSanitizer keeps its operator new";
  Config config = small_config();
  config.train.epochs = 100;
  config.grid.host = Host::thread;
  config.grid.sync = Sync::average;
  config.grid.models = 3;
  config.grid.average_every = GridConfig::kEnd;
  for (const std::int64_t workers : {1, 3}) {
    config.grid.replicas = workers;
    const Prepared prepared = std::move(prepare(config)).value();
    ASSERT_GT(planned_steps(prepared), 150U);
    EXPECT_EQ(allocations_of_steps<float>(prepared, 100), 0U) << workers << " workers";
  }
}

TEST(StepAllocations, no_optimizer_allocates) {
  if (!counts_allocations) GTEST_SKIP() << "ThreadSanitizer keeps its operator new";
  for (const nn::OptimizerPart& part : nn::optimizers().all()) {
    Config config = small_config();
    config.optimizer.type = part.kind->name();
    config.train.epochs = 50;
    const Prepared prepared = std::move(prepare(config)).value();
    EXPECT_EQ(allocations_of_steps<float>(prepared, 100), 0U) << config.optimizer.type;
  }
}

TEST(StepAllocations, no_schedule_allocates) {
  if (!counts_allocations) GTEST_SKIP() << "ThreadSanitizer keeps its operator new";
  for (const nn::SchedulePart& part : nn::schedules().all()) {
    Config config = small_config();
    config.optimizer.schedule = part.kind->name();
    config.optimizer.settings.set("power", 0.9);
    config.train.epochs = 50;
    const Prepared prepared = std::move(prepare(config)).value();
    EXPECT_EQ(allocations_of_steps<float>(prepared, 100), 0U) << config.optimizer.schedule;
  }
}

TEST(StepAllocations, a_stretch_of_a_run_with_its_log_lines_allocates_nothing) {
  if (!counts_allocations) GTEST_SKIP() << "ThreadSanitizer keeps its operator new";
  const os::TemporaryFolder folder;
  for (const int threads : {0, 2}) {
    Config config = small_config();
    config.run.dir = folder / "runs";
    config.train.epochs = 1;
    config.train.batch = 1;
    config.train.leaf = 1;
    config.data.loader_threads = threads;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    SessionOptions options;
    options.train.on_metrics = [&](const Metrics& metrics) {
      if (metrics.step == 20) first = allocations();
      if (metrics.step == 160) last = allocations();
    };
    const auto session = start_session(resolve_config(config).value(), "", options);
    ASSERT_TRUE(session.ok()) << session.error().message;
    EXPECT_GT(first, 0U);
    EXPECT_EQ(last, first) << threads << " loader threads";
  }
}

}  // namespace
}  // namespace forknet::run
