// Runs whose cells are processes: what is left of them, what they report, how they stop.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <numeric>
#include <set>

#include "grid/traces.h"
#include "os/child_process.h"
#include "os/process.h"
#include "sessions.h"
#include "train/trainer.h"

namespace forknet::run {
namespace {

Config in_processes(std::string_view channel, std::int64_t stages, std::int64_t replicas) {
  Config config = small_config();
  config.grid.host = Host::process;
  config.grid.channel = channel;
  config.grid.stages = stages;
  config.grid.replicas = replicas;
  return config;
}

const FrameCount* frames_of(const CellReport& cell, const std::string& kind) {
  for (const FrameCount& count : cell.frames) {
    if (count.kind == kind) return &count;
  }
  return nullptr;
}

TEST(ProcessRuns, a_hundred_runs_leave_no_child_and_no_descriptor) {
  Config config = in_processes("shm", 2, 1);
  config.train.max_steps = 2;
  const std::string digest = trained(config).weights_digest;
  const std::size_t before = os::open_descriptors();
  for (int i = 0; i < 100; ++i) {
    config.grid.channel = i % 2 == 0 ? "shm" : "pipe";
    ASSERT_EQ(trained(config).weights_digest, digest);
  }
  EXPECT_EQ(os::open_descriptors(), before);
  // Every child was reaped: none is there, not even a zombie.
  std::ifstream children("/proc/self/task/" + std::to_string(os::pid()) + "/children");
  std::string rest;
  std::getline(children, rest);
  EXPECT_EQ(rest, "");
}

// As a host program may have it. The kernel then keeps nothing of a cell that has ended.
TEST(ProcessRuns, a_cell_that_dies_is_replaced_although_sigchld_is_ignored) {
  const std::string digest = trained(small_config()).weights_digest;
  const auto former = std::signal(SIGCHLD, SIG_IGN);
  ::setenv("FORKNET_FAILPOINTS", "cell/step/before@1:3:kill", 1);
  for (const std::string_view channel : {"shm", "pipe"}) {
    const TrainResult result = trained(in_processes(channel, 2, 1));
    EXPECT_EQ(result.weights_digest, digest);
    EXPECT_EQ(result.faults.cell_deaths, 1U);
  }
  ::unsetenv("FORKNET_FAILPOINTS");
  EXPECT_EQ(std::signal(SIGCHLD, former), SIG_IGN);
}

TEST(ProcessRuns, every_cell_is_a_process_of_its_own) {
  TrainResult result = {.model = trained(small_config()).model};
  (void)trace_of(in_processes("shm", 2, 3), &result);
  ASSERT_EQ(result.cells.size(), 6U);
  std::set<int> pids;
  for (const CellReport& cell : result.cells) {
    pids.insert(cell.pid);
    EXPECT_GT(cell.rss_bytes, 0U);
    EXPECT_NEAR(cell.busy + cell.wait, 1.0, 1e-9);
  }
  EXPECT_EQ(pids.size(), 6U);
  EXPECT_FALSE(pids.contains(os::pid()));
  EXPECT_EQ(result.threads_total, 6);
  EXPECT_EQ(result.grid.host, Host::process);
}

// The rows of all steps, each sent up once and its errors down once.
TEST(ProcessRuns, activations_and_errors_are_counted_in_bytes) {
  Config config = in_processes("pipe", 2, 1);
  config.model.layers = {dense(16, "relu"), dense(kClasses)};
  config.train.epochs = 1;
  TrainResult result = {.model = trained(small_config()).model};
  (void)trace_of(config, &result);
  const std::uint64_t rows = 161;  // 201 without the fifth that validates
  const FrameCount* up = frames_of(result.cells[0], "activation");
  const FrameCount* down = frames_of(result.cells[0], "error");
  ASSERT_TRUE(up != nullptr && down != nullptr);
  EXPECT_EQ(up->bytes_out, rows * 16 * sizeof(float));
  // Errors travel turned round, 16 rows at a time.
  EXPECT_GE(down->bytes_in, rows * 16 * sizeof(float));
  EXPECT_EQ(frames_of(result.cells[1], "activation")->bytes_in, up->bytes_out);
  EXPECT_EQ(frames_of(result.cells[1], "error")->bytes_out, down->bytes_in);
}

TEST(ProcessRuns, weights_and_biases_travel_by_pipe) {
  Config config = in_processes("pipe", 3, 1);
  config.train.epochs = 1;
  config.optimizer.type = "sgd";
  TrainResult result = {.model = trained(small_config()).model};
  (void)trace_of(config, &result);
  for (const CellReport& cell : result.cells) {
    const FrameCount* weights = frames_of(cell, "weight");
    const FrameCount* biases = frames_of(cell, "bias");
    ASSERT_TRUE(weights != nullptr && biases != nullptr);
    EXPECT_EQ(weights->frames_in, 1U);   // at the start
    EXPECT_EQ(weights->frames_out, 1U);  // back at the end of the epoch
    EXPECT_EQ(weights->bytes_in, weights->bytes_out);
    EXPECT_EQ(biases->frames_in, 1U);
    EXPECT_EQ(frames_of(cell, "gradient"), nullptr);
  }
}

TEST(ProcessRuns, a_diverged_loss_ends_all_cells_at_the_same_step) {
  for (const std::string_view channel : {"shm", "pipe"}) {
    Config config = in_processes(channel, 2, 2);
    config.model.layers = {dense(20, "relu"), dense(kClasses)};
    config.optimizer.type = "sgd";
    config.optimizer.lr = 1e30;
    config.optimizer.schedule = "constant";
    config.optimizer.warmup_steps = 0;
    const TrainResult result = trained(config);
    Config serial = config;
    serial.grid = {};
    const TrainResult alone = trained(serial);
    EXPECT_EQ(result.state, TrainResult::State::diverged);
    EXPECT_EQ(result.steps, alone.steps);
    EXPECT_EQ(result.weights_digest, alone.weights_digest);
  }
}

// Cells that are ahead of the last step asked for, and have to end.
TEST(ProcessRuns, a_grid_that_is_left_in_the_middle_ends_quietly) {
  for (const Host host : {Host::thread, Host::process}) {
    for (const std::string_view channel : {"shm", "pipe"}) {
      Config config = in_processes(channel, 2, 2);
      config.grid.host = host;
      config.train.epochs = 50;
      const Prepared prepared = std::move(prepare(config)).value();
      const TrainOptions options;
      for (int steps = 0; steps < 8; ++steps) {
        const TrainJob job{prepared.config, prepared.data, prepared.plan, prepared.target, options};
        const auto trainer = Trainer<float>::create(job).value();
        for (int i = 0; i < steps; ++i) ASSERT_TRUE(trainer->step().ok());
      }
    }
  }
}

using ProcessSessions = SessionFixture;

TEST_F(ProcessSessions, a_stopped_run_goes_on_in_another_layout_to_the_same_weights) {
  const SessionResult undisturbed = start(config(), watching());
  for (const std::string_view channel : {"shm", "pipe"}) {
    Config split = config();
    split.grid = in_processes(channel, 2, 2).grid;
    const SessionResult stopped = start(split, stopping_at(7));
    ASSERT_EQ(stopped.result->state, TrainResult::State::stopped);
    EXPECT_GE(stopped.result->steps, 7U);
    Overrides serial;
    serial.sets = {"grid.stages=1", "grid.replicas=1"};
    const SessionResult resumed = resume(stopped.folder, serial);
    EXPECT_EQ(resumed.result->weights_digest, undisturbed.result->weights_digest);
    EXPECT_EQ(history(stopped.folder), history(undisturbed.folder));
  }
}

TEST_F(ProcessSessions, status_names_every_cell) {
  Config split = config();
  split.grid = in_processes("shm", 2, 1).grid;
  const SessionResult session = start(split, watching());
  const auto status = os::get_file(RunPaths{session.folder}.status());
  for (const CellReport& cell : session.result->cells) {
    EXPECT_NE(status.find("\"pid\":" + std::to_string(cell.pid)), std::string::npos);
  }
  EXPECT_NE(status.find("\"state\":\"finished\""), std::string::npos);
}

}  // namespace
}  // namespace forknet::run
