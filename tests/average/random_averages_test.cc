// Random nets, models, rounds and workers: always the bits of a thread for each model.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "average/averaging.h"
#include "random_cases.h"

namespace forknet::run {
namespace {

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : engine_(seed) {}
  std::int64_t between(std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(engine_);
  }
  template <class E>
  E one_of(std::initializer_list<E> list) {
    return *(list.begin() + between(0, static_cast<std::int64_t>(list.size()) - 1));
  }

 private:
  std::mt19937_64 engine_;
};

Config random_config(Draw& draw) {
  const std::int64_t rows = draw.between(8, 120);
  Config config = averaging(draw.between(1, std::min<std::int64_t>(rows, 8)));
  config.grid.average_every = draw.one_of({std::int64_t{1}, std::int64_t{2}, std::int64_t{3},
                                           std::int64_t{7}, GridConfig::kEpoch, GridConfig::kEnd});
  config.data.train = clouds(static_cast<std::size_t>(rows));
  config.data.validation = {};
  config.data.shuffle = draw.between(0, 3) != 0;
  config.model.layers = {};
  for (std::int64_t hidden = draw.between(0, 2); hidden > 0; --hidden) {
    config.model.layers.push_back(
        dense(draw.between(1, 60), draw.one_of({Activation::relu, Activation::tanh})));
    if (draw.between(0, 2) == 0) config.model.layers.push_back(dropout(0.25));
  }
  config.model.layers.push_back(dense(kClasses));
  config.train.epochs = draw.between(1, 3);
  config.train.max_steps = draw.between(1, 12);
  config.train.batch = draw.between(1, 40);
  config.train.leaf = draw.between(1, config.train.batch);
  config.optimizer.type =
      draw.one_of({OptimizerType::sgd, OptimizerType::momentum, OptimizerType::adam});
  config.average.moments =
      draw.one_of({AverageMoments::mean, AverageMoments::keep, AverageMoments::reset});
  if (draw.between(0, 2) == 0) {
    config.average.outer_lr = 0.7;
    config.average.outer_momentum = draw.one_of({0.0, 0.9});
  }
  config.run.seed = static_cast<std::uint64_t>(draw.between(1, 1000));
  config.numerics.precision = draw.between(0, 4) == 0 ? Precision::fp64 : Precision::fp32;
  return config;
}

Workers random_workers(Draw& draw, const Config& config) {
  const auto& layers = config.model.layers;
  const std::int64_t dense =
      std::count_if(layers.begin(), layers.end(),
                    [](const LayerConfig& layer) { return layer.type == LayerType::dense; });
  // Three of four in threads: processes take longer to start.
  return {draw.between(1, config.grid.models),
          draw.between(0, 3) == 0 ? Host::process : Host::thread, draw.between(1, dense),
          draw.between(0, 9) == 0 ? GridConfig::kNeurons : draw.between(1, 3)};
}

std::string in_words(const Config& config, const Workers& workers) {
  return std::to_string(config.grid.models) + " models in rounds of " +
         std::to_string(config.grid.average_every) + ", batch " +
         std::to_string(config.train.batch) + ", " + name_of(workers);
}

// The weights' digest, or the message of a failure.
std::string digest_of(const Config& config) {
  const auto result = train(config);
  return result.ok() ? result->weights_digest : result.error().message;
}

TEST(RandomAverages, have_the_bits_of_a_thread_for_each_model) {
  const std::uint64_t seed = test_seed();
  std::printf("seed %llu (set FORKNET_TEST_SEED to change it)\n",
              static_cast<unsigned long long>(seed));
  for (std::size_t i = 0; i < test_cases(150); ++i) {
    Draw draw(seed + i);
    const Config config = random_config(draw);
    const Workers first = {config.grid.models};
    const std::string expected = digest_of(carried_by(config, first));
    ASSERT_EQ(expected.size(), 32U) << expected << "\n" << in_words(config, first);
    for (int layout = 0; layout < 2; ++layout) {
      const Workers workers = random_workers(draw, config);
      ASSERT_EQ(digest_of(carried_by(config, workers)), expected)
          << in_words(config, workers) << " (case " << i << ", seed " << seed << ")";
    }
    if (config.grid.models > 1) continue;
    Config serial = config;
    serial.grid = {};
    ASSERT_EQ(digest_of(serial), expected) << "case " << i << ", seed " << seed;
  }
}

}  // namespace
}  // namespace forknet::run
