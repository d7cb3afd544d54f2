// Random nets, batches, leaves and layouts: always the bits of one thread.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "random_cases.h"
#include "run/small_runs.h"

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

std::vector<LayerConfig> random_layers(Draw& draw) {
  std::vector<LayerConfig> layers;
  for (std::int64_t hidden = draw.between(0, 3); hidden > 0; --hidden) {
    // Every fourth is wide enough to be cut by units.
    const std::int64_t units =
        draw.between(0, 3) == 0 ? draw.between(257, 700) : draw.between(1, 90);
    layers.push_back(dense(units, draw.one_of({Activation::relu, Activation::tanh,
                                               Activation::sigmoid, Activation::linear})));
    if (draw.between(0, 2) == 0) layers.push_back(dropout(0.25));
  }
  layers.push_back(dense(kClasses));
  return layers;
}

Config random_config(Draw& draw) {
  Config config = small_config();
  config.data.train = clouds(static_cast<std::size_t>(draw.between(20, 150)));
  config.data.validation = {};
  config.model.layers = random_layers(draw);
  config.model.loss =
      draw.one_of({Loss::softmax_cross_entropy, Loss::softmax_cross_entropy, Loss::mse});
  if (config.model.loss == Loss::mse) config.model.layers.back() = dense(1, Activation::sigmoid);
  config.train.epochs = 2;
  config.train.max_steps = draw.between(1, 8);
  config.train.batch = draw.between(1, 100);
  config.train.leaf = draw.between(1, std::min<std::int64_t>(70, config.train.batch));
  config.optimizer.type =
      draw.one_of({OptimizerType::sgd, OptimizerType::momentum, OptimizerType::adam});
  config.run.seed = static_cast<std::uint64_t>(draw.between(1, 1000));
  config.numerics.precision = draw.between(0, 4) == 0 ? Precision::fp64 : Precision::fp32;
  return config;
}

std::string in_words(const Config& config) {
  std::string words = "units";
  for (const LayerConfig& layer : config.model.layers) words += " " + std::to_string(layer.units);
  if (config.grid.host == Host::process) words += ", processes";
  if (config.grid.channel == ChannelKind::pipe) words += ", pipes";
  return words + ", batch " + std::to_string(config.train.batch) + ", leaf " +
         std::to_string(config.train.leaf) + ", " + std::to_string(config.grid.stages) +
         " stages of " + std::to_string(config.grid.replicas) + " replicas of " +
         std::to_string(config.grid.threads) + " threads, " +
         std::to_string(config.grid.microbatches) +
         (config.grid.schedule == Schedule::gpipe ? " microbatches of gpipe, "
                                                  : " microbatches of 1f1b, ") +
         std::to_string(config.data.loader_threads) + " loaders";
}

void draw_layout(Draw& draw, Config& config) {
  const std::int64_t leaves = (config.train.batch + config.train.leaf - 1) / config.train.leaf;
  const auto& layers = config.model.layers;
  const std::int64_t dense =
      std::count_if(layers.begin(), layers.end(),
                    [](const LayerConfig& layer) { return layer.type == LayerType::dense; });
  // Three of four in threads: processes take longer to start.
  config.grid.host = draw.between(0, 3) == 0 ? Host::process : Host::thread;
  config.grid.channel = draw.one_of({ChannelKind::shm, ChannelKind::shm, ChannelKind::pipe});
  config.grid.stages = draw.between(1, dense);
  config.grid.microbatches = draw.between(0, 6);
  config.grid.schedule = draw.one_of({Schedule::one_f_one_b, Schedule::gpipe});
  config.grid.replicas = draw.between(1, std::min<std::int64_t>(leaves, 9));
  config.grid.threads = draw.between(1, 4);
  if (draw.between(0, 9) == 0) config.grid.threads = GridConfig::kNeurons;
  config.data.loader_threads = draw.one_of<std::int64_t>({0, 1, 4});
}

// The weights' digest, or the message of a failure.
std::string digest_of(const Config& config) {
  const auto result = train(config);
  return result.ok() ? result->weights_digest : result.error().message;
}

TEST(RandomLayouts, have_the_bits_of_one_thread) {
  const std::uint64_t seed = test_seed();
  std::printf("seed %llu (set FORKNET_TEST_SEED to change it)\n",
              static_cast<unsigned long long>(seed));
  for (std::size_t i = 0; i < test_cases(200); ++i) {
    Draw draw(seed + i);
    Config config = random_config(draw);
    const std::string serial = digest_of(config);
    ASSERT_EQ(serial.size(), 32U) << serial << "\n" << in_words(config);
    for (int layout = 0; layout < 2; ++layout) {
      draw_layout(draw, config);
      ASSERT_EQ(digest_of(config), serial)
          << in_words(config) << " (case " << i << ", seed " << seed << ")";
    }
  }
}

}  // namespace
}  // namespace forknet::run
