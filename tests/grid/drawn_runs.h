// Random trainings and layouts for properties: nets, data, batches, leaves, grids of them, and what
// comes of them.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "properties.h"
#include "settings/enum_names.h"
#include "small_runs.h"

namespace forknet::run {

struct DrawnLayer {
  std::int64_t units = 1;
  std::string activation = "linear";
  bool dropout = false;  // behind it
};

// All that moves bits.
struct DrawnTraining {
  std::vector<DrawnLayer> hidden;
  std::string loss = "softmax_cross_entropy";
  std::string optimizer = "sgd";
  Precision precision = Precision::fp32;
  std::int64_t rows = 1;
  std::int64_t batch = 1;
  std::int64_t leaf = 1;
  std::int64_t steps = 1;
  double clip_norm = 0;
  std::int64_t members = 1;
  std::uint64_t seed = 1;
};

// All that does not. What is more than the training has to share out is taken as the most it has.
struct DrawnLayout {
  Host host = Host::thread;
  std::string_view channel = "shm";
  Schedule schedule = Schedule::one_f_one_b;
  std::int64_t stages = 1;
  std::int64_t replicas = 1;
  std::int64_t threads = 1;
  std::int64_t microbatches = 1;
  std::int64_t loaders = 0;
};

inline void showValue(const DrawnTraining& drawn, std::ostream& out) {
  for (const DrawnLayer& layer : drawn.hidden) {
    out << layer.units << " " << layer.activation << (layer.dropout ? ", dropout, " : ", ");
  }
  out << drawn.loss << "; " << drawn.optimizer << ", " << word_of(drawn.precision) << ", "
      << drawn.rows << " rows, batch " << drawn.batch << ", leaf "
      << std::min(drawn.leaf, drawn.batch) << ", " << drawn.steps << " steps, norms to "
      << drawn.clip_norm << ", " << drawn.members << " members, seed " << drawn.seed;
}

inline void showValue(const DrawnLayout& drawn, std::ostream& out) {
  out << "at most " << drawn.stages << " stages of " << drawn.replicas << " replicas of ";
  if (drawn.threads == GridConfig::kNeurons) {
    out << "a thread a neuron";
  } else {
    out << drawn.threads << " threads";
  }
  out << ", host " << word_of(drawn.host) << ", " << word_of(drawn.channel) << ", "
      << drawn.microbatches << " microbatches of " << word_of(drawn.schedule) << ", "
      << drawn.loaders << " loaders";
}

// 1 to 90, and every fourth is wide enough to be cut by units: 257 to 692. A wide one shrinks to
// narrow ones.
inline rc::Gen<std::int64_t> drawn_units() {
  return rc::gen::map(between<std::int64_t>(1, 120), [](std::int64_t drawn) {
    return drawn <= 90 ? drawn : 257 + 15 * (drawn - 91);
  });
}

inline rc::Gen<DrawnLayer> drawn_layer() {
  return rc::gen::build<DrawnLayer>(
      rc::gen::set(&DrawnLayer::units, drawn_units()),
      rc::gen::set(&DrawnLayer::activation,
                   one_of<std::string>({"linear", "relu", "tanh", "sigmoid"})),
      rc::gen::set(&DrawnLayer::dropout, one_of<bool>({false, false, true})));
}

inline rc::Gen<DrawnTraining> drawn_training() {
  return rc::gen::build<DrawnTraining>(
      // The size is the most that a list is long.
      rc::gen::set(&DrawnTraining::hidden,
                   rc::gen::resize(4, rc::gen::container<std::vector<DrawnLayer>>(drawn_layer()))),
      rc::gen::set(
          &DrawnTraining::loss,
          one_of<std::string>({"softmax_cross_entropy", "softmax_cross_entropy", "mse", "mae",
                               "huber", "quantile", "poisson", "binary_cross_entropy"})),
      rc::gen::set(&DrawnTraining::optimizer,
                   one_of<std::string>({"sgd", "momentum", "adam", "nesterov", "adamw", "rmsprop",
                                        "adagrad", "lion"})),
      rc::gen::set(&DrawnTraining::precision,
                   one_of<Precision>({Precision::fp32, Precision::fp32, Precision::fp32,
                                      Precision::fp32, Precision::fp64})),
      rc::gen::set(&DrawnTraining::rows, between<std::int64_t>(20, 150)),
      rc::gen::set(&DrawnTraining::batch, between<std::int64_t>(1, 100)),
      rc::gen::set(&DrawnTraining::leaf, between<std::int64_t>(1, 70)),
      rc::gen::set(&DrawnTraining::steps, between<std::int64_t>(1, 8)),
      rc::gen::set(&DrawnTraining::clip_norm, one_of<double>({0.0, 0.0, 0.05})),
      rc::gen::set(&DrawnTraining::members, one_of<std::int64_t>({1, 1, 1, 2, 3, 5})),
      rc::gen::set(&DrawnTraining::seed, between<std::uint64_t>(1, 1000)));
}

inline rc::Gen<DrawnLayout> drawn_layout() {
  return rc::gen::build<DrawnLayout>(
      // Three of four in threads: processes take longer to start.
      rc::gen::set(&DrawnLayout::host,
                   one_of<Host>({Host::thread, Host::thread, Host::thread, Host::process})),
      rc::gen::set(&DrawnLayout::channel, one_of<std::string_view>({"shm", "shm", "pipe"})),
      rc::gen::set(&DrawnLayout::schedule, one_of<Schedule>({Schedule::one_f_one_b, Schedule::gpipe,
                                                             Schedule::zero_bubble})),
      rc::gen::set(&DrawnLayout::stages, between<std::int64_t>(1, 5)),
      rc::gen::set(&DrawnLayout::replicas, between<std::int64_t>(1, 9)),
      rc::gen::set(&DrawnLayout::threads,
                   one_of<std::int64_t>({1, 2, 3, 4, 1, 2, 3, 4, GridConfig::kNeurons})),
      rc::gen::set(&DrawnLayout::microbatches, one_of<std::int64_t>({1, 0, 2, 3, 4, 5, 6})),
      rc::gen::set(&DrawnLayout::loaders, one_of<std::int64_t>({0, 1, 4})));
}

// One unit for a loss of numbers, which learns the labels of `train` as such: 0 and 1 where it
// wants shares. Losses with a link of their own have no activation below it.
inline LayerConfig last_layer(const std::string& loss, DataSource& train) {
  if (loss == "softmax_cross_entropy") return dense(kClasses);
  const bool shares = loss == "binary_cross_entropy";
  for (auto& targets : train.target_rows) {
    if (shares) targets[0] = std::min(targets[0], 1.0);
  }
  return dense(1, shares || loss == "poisson" ? "linear" : "sigmoid");
}

inline Config config_of(const DrawnTraining& drawn) {
  Config config = small_config();
  config.data.train = clouds(static_cast<std::size_t>(drawn.rows));
  config.data.validation = {};
  config.model.loss = drawn.loss;
  config.model.layers.clear();
  for (const DrawnLayer& layer : drawn.hidden) {
    config.model.layers.push_back(dense(layer.units, layer.activation));
    if (layer.dropout) config.model.layers.push_back(dropout(0.25));
  }
  config.model.layers.push_back(last_layer(drawn.loss, config.data.train));
  config.model.members = drawn.members;
  config.train.epochs = 2;
  config.train.max_steps = drawn.steps;
  config.train.batch = drawn.batch;
  config.train.leaf = std::min(drawn.leaf, drawn.batch);
  config.optimizer.type = drawn.optimizer;
  config.train.clip_norm = drawn.clip_norm;
  config.run.seed = drawn.seed;
  config.numerics.precision = drawn.precision;
  return config;
}

inline void lay_out(const DrawnLayout& drawn, Config& config) {
  const std::int64_t leaves = (config.train.batch + config.train.leaf - 1) / config.train.leaf;
  const auto& layers = config.model.layers;
  const std::int64_t dense = std::count_if(
      layers.begin(), layers.end(), [](const LayerConfig& layer) { return layer.type == "dense"; });
  config.grid.host = drawn.host;
  config.grid.channel = drawn.channel;
  config.grid.schedule = drawn.schedule;
  config.grid.stages = std::min(drawn.stages, dense);
  config.grid.replicas = std::min(drawn.replicas, leaves);
  config.grid.threads = drawn.threads;
  // A unit of several members has no thread of its own.
  if (config.model.members > 1 && drawn.threads == GridConfig::kNeurons) config.grid.threads = 2;
  config.grid.microbatches = drawn.microbatches;
  config.data.loader_threads = drawn.loaders;
}

// The weights' digest and what the run said of its steps, or the message of a failure.
inline std::string outcome_of(const Config& config) {
  std::string losses;
  TrainOptions options;
  options.on_metrics = [&](const Metrics& metrics) {
    if (metrics.kind != Metrics::Kind::tick) losses += fmt::format(" {:a}", metrics.loss);
  };
  const auto result = train(config, options);
  return result.ok() ? result->weights_digest + losses : "failed: " + result.error().message;
}

}  // namespace forknet::run
