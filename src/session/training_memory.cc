#include "session/training_memory.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "average/models_shape.h"
#include "cell/per_unit_executor.h"
#include "nn/metrics/list.h"
#include "nn/optimizer.h"
#include "settings/layout.h"
#include "train/best_tracker.h"
#include "train/evaluator.h"
#include "train/open_state.h"
#include "train/run_steps.h"

namespace forknet::run {
namespace {

// Measured: the program with its libraries, and a cell that shares their code.
constexpr std::size_t kProgram = std::size_t{8} << 20;
constexpr std::size_t kCell = std::size_t{2} << 20;
constexpr std::size_t kThread = std::size_t{16} << 10;

// Bytes of one batch's inputs, in panels.
template <class T>
std::size_t inputs_bytes(const Prepared& prepared, std::size_t batch) {
  constexpr std::size_t kColumns = 16;
  const std::size_t features = prepared.plan.inputs;
  const std::size_t rows = batch * prepared.plan.members;
  return (features + kColumns - 1) / kColumns * kColumns * (rows | 1) * sizeof(T);
}

template <class T>
std::size_t batches_bytes(const Prepared& prepared, const cell::GridPlan& layout,
                          std::size_t batch) {
  const auto loaders = static_cast<std::size_t>(prepared.config.data.loader_threads);
  const std::size_t slots = loaders == 0 ? 1 : std::max<std::size_t>(4, 2 * loaders + 2);
  const std::size_t workers = layout.shape.stage_workers();
  const bool own = loaders == 0 && workers > 1;  // each thread gathers for itself
  return (own ? workers : slots) * inputs_bytes<T>(prepared, batch);
}

template <class T>
std::size_t neurons_bytes(const Prepared& prepared, const cell::GridPlan& layout,
                          std::size_t batch) {
  if (!layout.neurons) return 0;
  const std::size_t leaf = nn::leaf_rows(train_of_model(prepared.config));
  std::size_t numbers = 0;
  for (const nn::LayerRange& slice : layout.slices) {
    numbers += cell::PerUnitExecutor<T>::numbers_for(prepared.plan, slice, batch,
                                                     (batch + leaf - 1) / leaf,
                                                     nn::moment_count(prepared.config.optimizer));
  }
  return layout.shape.replicas * numbers * sizeof(T);
}

template <class T>
std::size_t weights_bytes(const Prepared& prepared, const cell::GridPlan& layout) {
  const Config& config = prepared.config;
  const store::WeightsLayout state = {sizeof(T), prepared.plan.numbers,
                                      nn::moment_count(config.optimizer), kVersions};
  std::size_t bytes = state.bytes();
  // With pipes every replica has its own copy, and the Supervisor the one that it saves.
  if (has_pipes(config.grid, layout)) {
    bytes = layout.shape.replicas * state.bytes() + state.bytes() / kVersions;
  }
  if (averages(config.grid)) bytes += models_shape<T>(config, prepared.plan).bytes();
  // Gradients whose norm is clipped are stored before they are applied.
  const std::size_t gradients = averages(config.grid) ? layout.shape.replicas : 1;
  if (config.train.clip_norm > 0) bytes += gradients * state.stride_bytes();
  const std::size_t copies = BestTracker(config).keeps_model() ? 2 : 1;
  return bytes + copies * state.stride_bytes();
}

// What the metric of checkpoint.best keeps of one set at a time.
std::size_t metric_bytes(const Prepared& prepared, std::size_t number_bytes) {
  const std::string_view best = prepared.config.checkpoint.best;
  const nn::MetricEntry* const metric = nn::find_metric(best.substr(best.find('/') + 1));
  if (metric == nullptr || metric->kept_bytes == nullptr) return 0;
  std::size_t most = 0;
  for (const auto* view : {&prepared.data.validation, &prepared.data.test}) {
    if (!view->has_value()) continue;
    most = std::max(most, metric->kept_bytes(metric_input(prepared.plan, **view), number_bytes));
  }
  return most;
}

template <class T>
std::size_t bytes_in(const Prepared& prepared, const cell::GridPlan& layout) {
  const Config& config = prepared.config;
  const std::size_t batch = sampler_for(config, prepared.data.train).batch();
  // Workers of models that train apart have their own batches; cells share one.
  const std::size_t workers = averages(config.grid) ? layout.shape.replicas : 1;
  const std::size_t processes = !wants_processes(config.grid, layout) ? 0
                                : averages(config.grid)               ? workers
                                                                      : layout.shape.cells();
  const std::size_t work =
      cell::Workspace<T>::bytes_of(prepared.plan, batch, cell::WorkspaceUse::training) +
      batches_bytes<T>(prepared, layout, batch) + neurons_bytes<T>(prepared, layout, batch);
  return kProgram + processes * kCell + working_threads(layout, prepared.plan) * kThread +
         data_bytes(prepared.data) + weights_bytes<T>(prepared, layout) + workers * work +
         cell::Workspace<T>::bytes_of(prepared.plan, kEvaluationRows,
                                      cell::WorkspaceUse::evaluation) +
         inputs_bytes<T>(prepared, kEvaluationRows) + metric_bytes(prepared, sizeof(T));
}

template <class T>
std::size_t layer_bytes_in(const Prepared& prepared, const nn::LayerPlan& layer) {
  const std::size_t batch = sampler_for(prepared.config, prepared.data.train).batch();
  nn::ModelPlan alone;
  alone.members = prepared.plan.members;
  const auto step_bytes = [&] {
    return cell::Workspace<T>::bytes_of(alone, batch, cell::WorkspaceUse::training);
  };
  const std::size_t of_no_layer = step_bytes();
  alone.layers = {layer};
  alone.layers.front().number = 0;
  const std::size_t copies = kVersions * (1 + nn::moment_count(prepared.config.optimizer));
  return copies * layer.numbers() * sizeof(T) + step_bytes() - of_no_layer;
}

}  // namespace

std::size_t data_bytes(const data::DataSets& data) {
  std::set<const data::Table*> tables = {data.train.table.get()};
  if (data.validation) tables.insert(data.validation->table.get());
  if (data.test) tables.insert(data.test->table.get());
  // Also the orders of the rows, of this epoch and the next.
  std::size_t bytes = 2 * sizeof(std::uint32_t) * data.train.size();
  for (const data::Table* table : tables) {
    if (!table->paged)
      bytes += table->memory.bytes().size();  // else pages of a file, as many as fit
  }
  return bytes;
}

std::size_t training_bytes(const Prepared& prepared, const cell::GridPlan& layout) {
  const bool wide = prepared.config.numerics.precision == Precision::fp64;
  return wide ? bytes_in<double>(prepared, layout) : bytes_in<float>(prepared, layout);
}

std::size_t layer_bytes(const Prepared& prepared, const nn::LayerPlan& layer) {
  const bool wide = prepared.config.numerics.precision == Precision::fp64;
  return wide ? layer_bytes_in<double>(prepared, layer) : layer_bytes_in<float>(prepared, layer);
}

}  // namespace forknet::run
