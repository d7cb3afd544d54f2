// The built-in losses in every kind of layout: the same bits, in both precisions.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "grid/traces.h"
#include "sessions.h"

namespace forknet::run {
namespace {

struct LossCase {
  std::string loss;
  Settings settings = {};
  std::string activation = "linear";  // of the last layer
};
const std::vector<LossCase> kLossCases = {
    {"softmax_cross_entropy", {{"label_smoothing", 0.1}}},
    {"mae", {}, "tanh"},
    {"huber", {{"delta", 0.25}}, "gelu"},
    {"quantile", {{"quantile", 0.8}}},
    {"poisson"},
    {"binary_cross_entropy"},
};

// 20 units, so that a row lies in two panels; classes for the first loss, else numbers that are
// zeros, ones or between.
Config loss_config(const LossCase& one) {
  Config config = small_config();
  config.model.layers = {dense(33, "relu"), dropout(0.2), dense(20, one.activation)};
  config.model.loss = one.loss;
  config.model.settings = one.settings;
  if (one.loss == "softmax_cross_entropy") return config;
  for (auto& targets : config.data.train.target_rows) {
    const auto label = static_cast<std::size_t>(targets[0]);
    targets.assign(20, label == 2 ? 0.5 : 0.0);
    targets[label] = 1;
  }
  return config;
}

TEST(LossLayouts, end_on_the_same_bits_in_threads_replicas_and_stages) {
  for (const LossCase& one : kLossCases) {
    SCOPED_TRACE(one.loss);
    Config config = loss_config(one);
    const Trace serial = trace_of(config);
    const auto expect_same = [&](Host host, std::int64_t stages, std::int64_t replicas,
                                 std::int64_t threads) {
      Config grid = config;
      grid.grid.host = host;
      grid.grid.stages = stages;
      grid.grid.replicas = replicas;
      grid.grid.threads = threads;
      EXPECT_EQ(trace_of(grid), serial) << stages << replicas << threads;
    };
    expect_same(Host::thread, 1, 1, 2);
    expect_same(Host::process, 1, 2, 1);
    expect_same(Host::process, 2, 1, 1);
    config.numerics.precision = Precision::fp64;
    Config plain = config;
    plain.numerics.kernels = KernelChoice::reference;
    EXPECT_EQ(trace_of(plain), trace_of(config));
  }
}

TEST(LossLayouts, a_loss_falls_below_that_of_its_first_epoch) {
  for (const LossCase& one : kLossCases) {
    Config config = loss_config(one);
    config.train.epochs = 1;
    const double first = trained(config).train.loss;
    config.train.epochs = 15;
    EXPECT_LT(trained(config).train.loss, first) << one.loss;
  }
}

TEST(LossTargets, outside_the_range_of_a_loss_are_refused_with_the_row) {
  for (const auto& [loss, target] :
       {std::pair{"poisson", -1.0}, std::pair{"binary_cross_entropy", 1.5}}) {
    Config config = loss_config({loss});
    config.data.train.target_rows[6][3] = target;
    const auto result = train(config);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, ErrorKind::data);
    EXPECT_NE(result.error().message.find("row 7 of the data has the target"), std::string::npos)
        << result.error().message;
  }
}

TEST(LossTargets, of_rates_and_probabilities_are_never_scaled) {
  Config config = loss_config({"poisson"});
  config.data.target_scale = TargetScale::standard;
  const Status refused = validate(config);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::config);
  EXPECT_NE(refused.error().message.find("takes targets as they are"), std::string::npos)
      << refused.error().message;
}

TEST(LossSettings, outside_their_ranges_are_refused) {
  const auto message_of = [](const char* loss, const char* name, double value) {
    Config config = loss_config({loss, {{name, value}}});
    const Status status = validate(config);
    return status.ok() ? std::string() : status.error().message;
  };
  for (const double quantile : {0.0, 1.0, -0.5}) {
    EXPECT_NE(message_of("quantile", "quantile", quantile).find("model.quantile"),
              std::string::npos);
  }
  EXPECT_EQ(message_of("quantile", "quantile", 0.01), "");
  EXPECT_NE(message_of("huber", "delta", 0.0).find("model.delta"), std::string::npos);
  EXPECT_NE(message_of("softmax_cross_entropy", "label_smoothing", 1.0).find("model.label"),
            std::string::npos);
}

}  // namespace
}  // namespace forknet::run
