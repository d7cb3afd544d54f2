// The layout never changes the answer, nor do hosts and channels: one training with its cells in
// processes and in threads, in shared memory and behind pipes.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "grid/traces.h"
#include "math/activations/list.h"
#include "settings/enum_names.h"

namespace forknet::run {
namespace {

struct Grid {
  Host host;
  std::string_view channel;
  std::int64_t stages, replicas, threads, microbatches;
  Schedule schedule = Schedule::one_f_one_b;
  std::int64_t loaders = 1;
};

constexpr Host kProcess = Host::process;
constexpr Host kThread = Host::thread;
constexpr std::string_view kShm = "shm";
constexpr std::string_view kPipe = "pipe";
constexpr Schedule kGpipe = Schedule::gpipe;
constexpr Schedule kZeroBubble = Schedule::zero_bubble;

Config in_grid(Config config, const Grid& grid) {
  config.grid.host = grid.host;
  config.grid.channel = grid.channel;
  config.grid.stages = grid.stages;
  config.grid.replicas = grid.replicas;
  config.grid.threads = grid.threads;
  config.grid.microbatches = grid.microbatches;
  config.grid.schedule = grid.schedule;
  config.data.loader_threads = grid.loaders;
  return config;
}

std::string name_of(const Grid& grid) {
  return std::string(grid.host == kProcess ? "processes " : "threads ") +
         (grid.channel == kPipe ? "pipe " : "shm ") + std::to_string(grid.stages) + " x " +
         std::to_string(grid.replicas) + " x " + std::to_string(grid.threads) + ", " +
         std::to_string(grid.microbatches) + " microbatches" + ", " +
         std::string(word_of(grid.schedule));
}

void expect_the_same_in(const std::vector<Grid>& grids, const Config& config) {
  Config serial = config;
  serial.grid.host = kThread;
  const Trace expected = trace_of(serial);
  ASSERT_EQ(expected.digest.size(), 32U);
  for (const Grid& grid : grids) {
    EXPECT_EQ(trace_of(in_grid(config, grid)), expected) << name_of(grid);
  }
}

// Their owners have them in pieces across layers, on huge pages.
TEST(ProcessLayouts, ten_megabytes_of_weights_end_on_the_same_bits) {
  Config config = small_config();
  config.model.layers = {dense(1100, "relu"), dense(1100, "relu"), dense(1100, "tanh"),
                         dense(kClasses)};
  config.train.epochs = 1;
  config.train.max_steps = 3;
  config.optimizer.type = "momentum";
  expect_the_same_in({{kProcess, kShm, 1, 2, 1, 0},
                      {kProcess, kShm, 1, 3, 1, 0},
                      {kProcess, kShm, 1, 2, 2, 0},
                      {kProcess, kShm, 2, 1, 1, 2, kZeroBubble},
                      {kProcess, kPipe, 1, 2, 1, 0},
                      {kThread, kShm, 1, 2, 1, 0}},
                     config);
}

TEST(ProcessLayouts, momentum_ends_on_the_same_weights_in_every_host_and_channel) {
  expect_the_same_in({{kProcess, kShm, 1, 2, 1, 0},
                      {kProcess, kShm, 1, 5, 2, 3, kGpipe, 4},
                      {kProcess, kShm, 2, 1, 1, 0},
                      {kProcess, kShm, 3, 2, 2, 2},
                      {kProcess, kShm, 4, 3, 1, 4, kGpipe},
                      {kProcess, kPipe, 1, 2, 1, 0},
                      {kProcess, kPipe, 1, 8, 1, 2},
                      {kProcess, kPipe, 2, 1, 1, 0},
                      {kProcess, kPipe, 4, 1, 3, 4},
                      {kProcess, kShm, 2, 1, 1, 4, kZeroBubble},
                      {kProcess, kPipe, 3, 1, 1, 4, kZeroBubble},
                      {kThread, kShm, 2, 1, 1, 3, kZeroBubble, 2},
                      {kProcess, kPipe, 3, 3, 1, 3, kGpipe, 4},
                      {kThread, kPipe, 1, 3, 2, 0},
                      {kThread, kPipe, 2, 1, 4, 2},
                      {kThread, kPipe, 4, 5, 1, 2, kGpipe},
                      {kProcess, kShm, 1, 3, 2, 0, Schedule::one_f_one_b, 0},
                      {kProcess, kShm, 2, 2, 3, 2, Schedule::one_f_one_b, 0},
                      {kProcess, kPipe, 1, 3, 2, 0, Schedule::one_f_one_b, 0},
                      {kProcess, kPipe, 2, 1, 2, 3, kZeroBubble, 0},
                      {kThread, kPipe, 2, 3, 2, 2, kGpipe, 0}},
                     wide_config("momentum", 8));
}

TEST(ProcessLayouts, adam_ends_on_the_same_weights_in_every_host_and_channel) {
  expect_the_same_in({{kProcess, kShm, 1, 3, 1, 0},
                      {kProcess, kShm, 2, 2, 2, 2, kGpipe},
                      {kProcess, kShm, 4, 1, 1, 0},
                      {kProcess, kPipe, 1, 3, 1, 0},
                      {kProcess, kPipe, 2, 2, 1, 3},
                      {kThread, kPipe, 3, 2, 2, 0},
                      {kThread, kPipe, 4, 4, 1, 1},
                      {kProcess, kShm, 4, 1, 1, 5, kZeroBubble}},
                     wide_config("adam", 16));
}

TEST(ProcessLayouts, doubles_and_leaves_of_thirteen_rows_end_on_the_same_weights) {
  Config config = wide_config("adam", 13);
  config.numerics.precision = Precision::fp64;
  config.train.max_steps = 4;
  config.model.loss = "mse";
  config.model.layers.back() = dense(1, "sigmoid");
  expect_the_same_in(
      {{kProcess, kShm, 3, 2, 1, 2}, {kProcess, kPipe, 2, 4, 1, 2}, {kThread, kPipe, 2, 5, 2, 3}},
      config);
}

// The norm is that of all stages: over barriers, or along the links between the owners of weights.
TEST(ProcessLayouts, clipped_norms_end_on_the_same_weights_in_every_host_and_channel) {
  Config config = wide_config("momentum", 8);
  config.train.epochs = 1;
  config.train.clip_norm = 0.01;
  expect_the_same_in({{kProcess, kShm, 1, 2, 1, 0},
                      {kProcess, kShm, 1, 3, 2, 2},
                      {kProcess, kShm, 3, 2, 2, 2},
                      {kProcess, kShm, 2, 1, 1, 4, kZeroBubble},
                      {kProcess, kPipe, 1, 3, 2, 0},
                      {kProcess, kPipe, 3, 1, 1, 4, kZeroBubble},
                      {kProcess, kPipe, 3, 3, 1, 3, kGpipe, 4},
                      {kThread, kShm, 2, 2, 2, 2},
                      {kThread, kPipe, 4, 2, 2, 0}},
                     config);
  config.train.clip_value = 1e-3;
  config.numerics.precision = Precision::fp64;
  config.train.max_steps = 2;
  expect_the_same_in({{kProcess, kShm, 2, 2, 1, 2}, {kProcess, kPipe, 2, 2, 1, 2}}, config);
}

// A layer of each, also of one that this program registered (main.cc), so that stages begin and end
// with those whose slope needs the sums.
TEST(ProcessLayouts, every_activation_ends_on_the_same_weights) {
  Config config = wide_config("adam", 8);
  config.model.layers.clear();
  for (const math::Activation* activation : math::all_activations()) {
    const auto units = static_cast<std::int64_t>(40 - config.model.layers.size());
    config.model.layers.push_back(dense(units, std::string(activation->name)));
  }
  ASSERT_EQ(config.model.layers.back().settings.word("activation"), "bent");
  config.model.layers.push_back(dense(kClasses));
  config.train.epochs = 1;
  const std::int64_t stages = std::ssize(config.model.layers);
  expect_the_same_in({{kProcess, kShm, 1, 2, 1, 0},
                      {kProcess, kShm, 3, 2, 2, 2},
                      {kProcess, kPipe, 4, 2, 1, 2},
                      {kThread, kPipe, stages, 1, 1, 3},
                      {kProcess, kPipe, 2, 1, GridConfig::kNeurons, 0}},
                     config);
}

TEST(ProcessLayouts, a_thread_a_neuron_ends_on_the_same_weights) {
  Config config = wide_config("adam", 8);
  config.model.layers = {dense(40, "relu"), dropout(0.2), dense(17, "tanh"), dense(kClasses)};
  constexpr std::int64_t kNeurons = GridConfig::kNeurons;
  expect_the_same_in({{kThread, kShm, 1, 1, kNeurons, 0},
                      {kThread, kShm, 2, 2, kNeurons, 2},
                      {kThread, kPipe, 3, 1, kNeurons, 3},
                      {kProcess, kPipe, 3, 1, kNeurons, 0},
                      {kProcess, kPipe, 2, 3, kNeurons, 2, kGpipe},
                      {kProcess, kShm, 3, 2, kNeurons, 0}},
                     config);
}

}  // namespace
}  // namespace forknet::run
