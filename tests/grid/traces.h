// A run and all that its layout must not touch: the weights and every figure.
#pragma once

#include <string>
#include <vector>

#include "small_runs.h"

namespace forknet::run {

struct Trace {
  std::string digest;
  std::vector<double> figures;  // of every step and every epoch
  bool operator==(const Trace&) const = default;
};

// `seen` takes the result as well.
inline Trace trace_of(const Config& config, TrainResult* seen = nullptr) {
  Trace trace;
  TrainOptions options;
  options.on_metrics = [&](const Metrics& metrics) {
    if (metrics.kind == Metrics::Kind::tick) return;
    trace.figures.push_back(metrics.loss);
    trace.figures.push_back(metrics.accuracy.value_or(0.0));
    if (metrics.validation) trace.figures.push_back(metrics.validation->loss);
  };
  TrainResult result = trained(config, options);
  trace.digest = result.weights_digest;
  if (seen != nullptr) *seen = std::move(result);
  return trace;
}

// Four dense layers, one of them 1,100 wide, dropout between them, a last batch that is short.
inline Config wide_config(OptimizerType optimizer, std::int64_t leaf) {
  Config config = small_config();
  config.data.train = clouds(230);
  config.model.layers = {dense(70, "relu"), dropout(0.2),      dense(1100, "relu"),
                         dropout(0.1),      dense(33, "tanh"), dense(kClasses)};
  config.train.epochs = 1;
  config.train.batch = 64;
  config.train.leaf = leaf;
  config.optimizer.type = optimizer;
  return config;
}

}  // namespace forknet::run
