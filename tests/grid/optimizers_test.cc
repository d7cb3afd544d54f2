// Every optimizer and every schedule: the same bits in every layout and by the plain loops.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "grid/traces.h"
#include "nn/optimizers/list.h"
#include "nn/schedules/list.h"
#include "session/stored_config.h"
#include "sessions.h"

namespace forknet::run {
namespace {

Config trained_by(const std::string& optimizer, const std::string& schedule) {
  Config config = small_config();
  config.train.epochs = 2;
  config.optimizer = {optimizer, 0.002, schedule, 2, {{"weight_decay", 0.05}, {"power", 0.9}}};
  return config;
}

void expect_the_same_everywhere(const Config& config) {
  const Trace serial = trace_of(config);
  ASSERT_EQ(serial.digest.size(), 32U);
  Config other = config;
  other.numerics.kernels = KernelChoice::reference;
  EXPECT_EQ(trace_of(other), serial) << "plain loops";
  other = config;
  other.grid.threads = 2;
  EXPECT_EQ(trace_of(other), serial) << "two threads";
  other = config;
  other.grid.host = Host::process;
  other.grid.replicas = 2;
  EXPECT_EQ(trace_of(other), serial) << "replicas in processes";
  other.grid.replicas = 1;
  other.grid.stages = 2;
  other.grid.microbatches = 2;
  EXPECT_EQ(trace_of(other), serial) << "stages in processes";
}

TEST(Optimizers, have_the_same_bits_in_every_layout) {
  for (const nn::OptimizerPart& part : nn::optimizers().all()) {
    SCOPED_TRACE(part.kind->name());
    Config config = trained_by(std::string(part.kind->name()), "cosine");
    expect_the_same_everywhere(config);
    config.numerics.precision = Precision::fp64;
    expect_the_same_everywhere(config);
  }
}

TEST(Optimizers, end_on_weights_of_their_own) {
  std::vector<std::string> digests;
  for (const nn::OptimizerPart& part : nn::optimizers().all()) {
    digests.push_back(trace_of(trained_by(std::string(part.kind->name()), "constant")).digest);
  }
  std::sort(digests.begin(), digests.end());
  EXPECT_EQ(std::adjacent_find(digests.begin(), digests.end()), digests.end());
}

TEST(Schedules, have_the_same_bits_in_every_layout) {
  for (const nn::SchedulePart& part : nn::schedules().all()) {
    SCOPED_TRACE(part.kind->name());
    expect_the_same_everywhere(trained_by("adamw", std::string(part.kind->name())));
  }
}

// Biases of the layers with and without the rule of weights, norms likewise.
TEST(WeightDecay, has_the_same_bits_in_every_layout) {
  Config config = trained_by("adamw", "constant");
  config.model.layers.insert(config.model.layers.begin() + 1, layer_norm());
  std::vector<std::string> digests;
  for (const bool biases : {false, true}) {
    for (const bool norms : {false, true}) {
      SCOPED_TRACE((biases ? "biases " : "") + std::string(norms ? "norms" : ""));
      config.optimizer.decay_biases = biases;
      config.optimizer.decay_norms = norms;
      expect_the_same_everywhere(config);
      Config units = config;
      units.grid.threads = GridConfig::kNeurons;
      digests.push_back(trace_of(config).digest);
      EXPECT_EQ(trace_of(units).digest, digests.back()) << "one thread per unit";
      Config pipes = config;
      pipes.grid.host = Host::process;
      pipes.grid.channel = "pipe";
      pipes.grid.replicas = 2;
      EXPECT_EQ(trace_of(pipes).digest, digests.back()) << "replicas with private memory";
    }
  }
  std::sort(digests.begin(), digests.end());
  EXPECT_EQ(std::adjacent_find(digests.begin(), digests.end()), digests.end());
}

using OptimizerRuns = SessionFixture;

// From the checkpoint alone: state of every kind and the schedule's place come from it.
TEST_F(OptimizerRuns, stopped_and_resumed_end_like_undisturbed_ones) {
  for (const nn::OptimizerPart& part : nn::optimizers().all()) {
    SCOPED_TRACE(part.kind->name());
    Config settings = config();
    settings.optimizer = {std::string(part.kind->name()), 0.002, "one_cycle", 2, {}};
    const SessionResult whole = start(settings, watching());
    const SessionResult stopped = start(settings, stopping_at(7));
    EXPECT_EQ(stopped.result->state, TrainResult::State::stopped);
    remove_memory_files(stopped.folder);
    const SessionResult rest = resume(stopped.folder);
    EXPECT_EQ(rest.result->weights_digest, whole.result->weights_digest);
  }
}

// A run of a version without optimizer.decay_biases: its biases go on to decay.
TEST_F(OptimizerRuns, of_an_older_version_go_on_as_they_began) {
  Config settings = config();
  settings.optimizer = trained_by("adamw", "cosine").optimizer;
  const SessionResult others = start(settings, watching());
  settings.optimizer.decay_biases = true;
  const SessionResult whole = start(settings, watching());
  EXPECT_NE(whole.result->weights_digest, others.result->weights_digest);
  const SessionResult stopped = start(settings, stopping_at(7));
  const RunPaths paths{stopped.folder};
  std::string text = os::get_file(paths.resolved_config());
  for (const std::string key : {"decay_biases", "decay_norms"}) {
    const std::size_t begin = text.find("\n" + key + " = ");
    ASSERT_NE(begin, std::string::npos) << key;
    text.erase(begin, text.find('\n', begin + 1) - begin);
  }
  ASSERT_TRUE(write_stored_config(paths, text).ok());
  const SessionResult rest = resume(stopped.folder);
  EXPECT_EQ(rest.result->weights_digest, whole.result->weights_digest);
  text = os::get_file(paths.resolved_config());
  EXPECT_NE(text.find("decay_biases = true"), std::string::npos) << text;
}

}  // namespace
}  // namespace forknet::run
