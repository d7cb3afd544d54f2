// Small data and small runs for the tests of this floor: three clouds of points, or labels that
// nothing can learn.
#pragma once

#include <forknet/forknet.h>

#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "os/reserved_file.h"
#include "session/prepare.h"

namespace forknet::run {

inline constexpr std::size_t kFeatures = 12;
inline constexpr std::size_t kClasses = 3;

// Rows in multiples of 1/64, so that they read the same in text. A share of `noise` of the labels
// is drawn.
inline DataSource clouds(std::size_t rows, double noise = 0.0, std::uint32_t seed = 1) {
  std::mt19937 engine(seed);
  DataSource source;
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t label = row % kClasses;
    const bool random = static_cast<double>(engine() % 1000) < 1000 * noise;
    std::vector<double> inputs;
    for (std::size_t i = 0; i < kFeatures; ++i) {
      const double centre = i % kClasses == label ? 1.0 : 0.0;
      inputs.push_back(centre + static_cast<double>(engine() % 129) / 64 - 1);
    }
    source.input_rows.push_back(std::move(inputs));
    source.target_rows.push_back({static_cast<double>(random ? engine() % kClasses : label)});
  }
  return source;
}

inline Dataset dataset_of(const DataSource& source) {
  std::vector<float> inputs;
  std::vector<std::uint32_t> labels;
  for (const auto& row : source.input_rows) {
    for (const double number : row) inputs.push_back(static_cast<float>(number));
  }
  for (const auto& row : source.target_rows) labels.push_back(static_cast<std::uint32_t>(row[0]));
  return Dataset::from_classes(inputs, kFeatures, labels, kClasses).value();
}

// Everything that moves bits: dropout, adam, warm-up, cosine, shares, a last batch that is short.
inline Config small_config() {
  Config config;
  config.run.name = "small";
  config.data.format = "arrays";
  config.data.train = clouds(201);
  config.data.validation.share = 0.2;
  config.data.scale = Scale::standard;
  config.data.loader_threads = 0;
  config.model.layers = {dense(20, "relu"), dropout(0.2), dense(9, "tanh"), dense(kClasses)};
  config.train.epochs = 3;
  config.train.batch = 32;
  config.train.leaf = 8;
  config.optimizer.lr = 0.01;
  config.optimizer.schedule = "cosine";
  config.optimizer.warmup_steps = 4;
  config.log.every = 1;
  // Also in a container whose memory is its own.
  if (!os::memory_folder().empty()) config.run.state = StateIn::memory;
  return config;
}

// Trains without a folder; a failure is the test's.
inline TrainResult trained(const Config& config, const TrainOptions& options = {}) {
  return std::move(train(config, options)).value();
}

inline TrainResult trained_on(const Config& config, math::Target target) {
  Prepared prepared = std::move(prepare(config)).value();
  prepared.target = target;
  return std::move(train_prepared(prepared, {}, nullptr, {})).value();
}

// The sources of this project, where this file stands.
inline std::string project_file(const std::string& path) {
  return (std::filesystem::path(__FILE__).parent_path().parent_path() / path).string();
}

}  // namespace forknet::run
