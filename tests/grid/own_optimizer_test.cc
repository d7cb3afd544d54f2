// An optimizer that the program has registered itself: in every layout, in checkpoints and resumes.
#include "own_optimizer.h"

#include <gtest/gtest.h>

#include "grid/traces.h"
#include "sessions.h"
#include "store/safetensors.h"

namespace forknet::run {
namespace {

// Before main, so that cells, which are this program too, know it when init() makes them cells.
const bool kOwnOptimizers = register_optimizer(std::make_unique<SignOfTrend>()).ok() &&
                            register_optimizer(std::make_unique<FourMeans>()).ok();
constexpr const char* kOwnNames[] = {"sign_of_trend", "four_means"};

struct OwnGrid {
  Host host;
  std::string_view channel;
  std::int64_t stages, replicas, threads;
};

Config laid_out(Config config, const OwnGrid& grid) {
  config.grid.host = grid.host;
  config.grid.channel = grid.channel;
  config.grid.stages = grid.stages;
  config.grid.replicas = grid.replicas;
  config.grid.threads = grid.threads;
  return config;
}

void use_own_optimizer(Config& config, const std::string& name) {
  config.optimizer = {
      name, 0.01, "cosine", 2, {{"memory", 0.5}, {"final_lr", 0.001}, {"weight_decay", 0.05}}};
}

TEST(OwnOptimizer, has_the_same_bits_in_every_layout) {
  ASSERT_TRUE(kOwnOptimizers);
  for (const std::string name : kOwnNames) {
    const Precision precision = name == kOwnNames[0] ? Precision::fp32 : Precision::fp64;
    Config config = small_config();
    use_own_optimizer(config, name);
    config.numerics.precision = precision;
    const Trace expected = trace_of(config);
    Config adam = config;
    adam.optimizer.type = "adam";
    EXPECT_NE(trace_of(adam).digest, expected.digest);
    for (const OwnGrid& grid :
         {OwnGrid{Host::thread, "shm", 1, 1, 3}, OwnGrid{Host::thread, "shm", 2, 2, 1},
          OwnGrid{Host::thread, "shm", 1, 1, GridConfig::kNeurons},
          OwnGrid{Host::process, "shm", 2, 2, 1}, OwnGrid{Host::process, "pipe", 2, 2, 1}}) {
      EXPECT_EQ(trace_of(laid_out(config, grid)), expected)
          << name << ", " << grid.stages << " x " << grid.replicas << " x " << grid.threads;
    }
    config.numerics.kernels = KernelChoice::reference;
    EXPECT_EQ(trace_of(config), expected);
  }
}

TEST(OwnOptimizer, its_name_and_settings_come_from_config_files) {
  const auto known = resolve_text(
      "[data]\nformat = \"arrays\"\ntrain = { inputs = [[0.0]], labels = [0] }\n"
      "[model]\nlayers = [{ type = \"dense\", units = 2 }]\n"
      "[optimizer]\ntype = \"sign_of_trend\"\nmemory = 0.25\n",
      "x.toml", {});
  ASSERT_TRUE(known.ok()) << known.error().message;
  EXPECT_EQ(known->config.optimizer.type, "sign_of_trend");
  EXPECT_EQ(known->config.optimizer.settings.number("memory"), 0.25);
}

using OwnOptimizerRuns = SessionFixture;

TEST_F(OwnOptimizerRuns, a_run_stopped_and_resumed_ends_like_an_undisturbed_one) {
  for (const std::string name : kOwnNames) {
    Config settings = config();
    use_own_optimizer(settings, name);
    settings = laid_out(settings, {Host::process, "shm", 1, 2, 1});
    const SessionResult whole = start(settings, watching());
    const SessionResult part = start(settings, stopping_at(7));
    EXPECT_EQ(part.result->state, TrainResult::State::stopped);
    remove_memory_files(part.folder);  // from the checkpoint
    const SessionResult rest = resume(part.folder);
    EXPECT_EQ(rest.result->weights_digest, whole.result->weights_digest) << name;
  }
}

TEST_F(OwnOptimizerRuns, a_program_that_sets_what_no_optimizer_has_is_told_so) {
  Config settings = config();
  settings.optimizer = adam();
  settings.optimizer.settings.set("beta", 0.5);
  const Status valid = validate(settings);
  ASSERT_FALSE(valid.ok());
  EXPECT_NE(valid.error().message.find("optimizer.settings: there is no setting \"beta\""),
            std::string::npos)
      << valid.error().message;
  EXPECT_NE(valid.error().message.find("betas"), std::string::npos) << valid.error().message;
  settings.optimizer = adam();
  settings.optimizer.type = "adma";
  EXPECT_NE(validate(settings).error().message.find("did you mean \"adam\"?"), std::string::npos);
}

}  // namespace
}  // namespace forknet::run
