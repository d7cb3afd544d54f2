// Runs with models that train apart, in any layout of workers.
#pragma once

#include <string>
#include <vector>

#include "grid/traces.h"
#include "small_runs.h"

namespace forknet::run {

// 161 training rows, which no number of models divides; one batch per model; shares with short
// batches and empty steps, dropout, adam, warm-up, cosine.
inline Config averaging(std::int64_t models, std::int64_t every = GridConfig::kEpoch) {
  Config config = small_config();
  config.train.batch = 16;
  config.grid.host = Host::thread;
  config.grid.sync = Sync::average;
  config.grid.models = models;
  config.grid.average_every = every;
  config.average.batch = AverageBatch::each;
  return config;
}

// The same with the program's defaults: models share a batch, averaging is automatic.
inline Config by_default(std::int64_t models) {
  Config config = averaging(models, GridConfig::kAuto);
  config.train.batch = 16 * models;
  config.average = {};
  return config;
}

struct Workers {
  std::int64_t count = 1;
  Host host = Host::thread;
  std::int64_t stages = 1;
  std::int64_t threads = 1;
  std::string_view channel = "shm";
};

inline std::string name_of(const Workers& workers) {
  return std::to_string(workers.count) + " workers in " +
         (workers.host == Host::process ? "processes, " : "threads, ") +
         std::to_string(workers.stages) + " stages, " + std::to_string(workers.threads) +
         " threads" + (workers.channel == "pipe" ? ", behind pipes" : "");
}

inline Config carried_by(Config config, const Workers& workers) {
  config.grid.replicas = workers.count;
  config.grid.host = workers.host;
  config.grid.stages = workers.stages;
  config.grid.threads = workers.threads;
  config.grid.channel = workers.channel;
  return config;
}

// From one worker to one per model, wide and deep ones, with both hosts and both channels.
inline std::vector<Workers> layouts_for(std::int64_t models) {
  std::vector<Workers> layouts;
  for (std::int64_t count = 1; count <= models; ++count) {
    layouts.push_back({count});
    if (count == 1 || count == models || count == 2) layouts.push_back({count, Host::process});
  }
  layouts.push_back({models, Host::thread, 3, 1});
  layouts.push_back({1, Host::thread, 2, 2});
  layouts.push_back({models, Host::thread, 1, GridConfig::kNeurons});
  layouts.push_back({std::min<std::int64_t>(models, 2), Host::process, 2, 2});
  layouts.push_back({1, Host::process, 3, GridConfig::kNeurons});
  const std::string_view pipe = "pipe";
  layouts.push_back({models, Host::process, 1, 1, pipe});
  layouts.push_back({std::min<std::int64_t>(models, 2), Host::process, 2, 1, pipe});
  layouts.push_back({models, Host::thread, 1, 2, pipe});
  layouts.push_back({1, Host::thread, 1, 1, pipe});
  return layouts;
}

}  // namespace forknet::run
