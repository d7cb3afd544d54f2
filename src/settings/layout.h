// The layout of a run: the settings of its grid, applied to a model on this machine.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "cell/stage_context.h"
#include "nn/model_plan.h"
#include "settings/averaging.h"
#include "wire/transports.h"

namespace forknet::run {

// Fills in open settings: threads = 0 becomes an equal share of the CPUs that affinity and cgroup
// allow, the layers are partitioned into stages by their costs, microbatches = 0 becomes a number
// that keeps all stages busy. `batch`: rows of a full batch. `costs`: of a step, by dense layer
// (layer_costs.h); empty: estimated, enough if only the shape is needed. Error (config): more
// stages than layers.
[[nodiscard]] Result<cell::GridPlan> layout_of(const GridConfig& grid, const nn::ModelPlan& model,
                                               std::size_t batch,
                                               const std::vector<double>& costs = {});

// The context of the threads that work on it; null: one thread does all the work.
[[nodiscard]] Result<std::unique_ptr<cell::StageContext>> context_for(const cell::GridPlan& plan);

// The number of threads that compute, over all cells, without those that only wait for others (a
// cell's coordinator of per-unit threads, loaders).
[[nodiscard]] std::size_t working_threads(const cell::GridPlan& plan, const nn::ModelPlan& model);

// The same for one cell of a stage.
[[nodiscard]] std::size_t threads_of_cell(const cell::GridPlan& plan, const nn::ModelPlan& model,
                                          std::size_t stage);

// The number of processes of the cells.
[[nodiscard]] inline std::int64_t processes_of(const GridConfig& grid) {
  if (grid.host == Host::thread) return 1;
  // Stages of a worker that trains models of its own are threads of it.
  return averages(grid) ? grid.replicas : grid.stages * grid.replicas;
}

// Cells are processes where they can be.
[[nodiscard]] inline bool wants_processes(const GridConfig& grid, const cell::GridPlan& layout) {
  return grid.host == Host::process && (layout.shape.cells() > 1 || averages(grid));
}

// Between cells that train one model: each has its own part of it, and what the others need of that
// it sends.
[[nodiscard]] inline bool has_pipes(const GridConfig& grid, const cell::GridPlan& layout) {
  return !wire::transport_for(grid.channel).shares_memory() && layout.shape.cells() > 1 &&
         !averages(grid);
}

// The settings with the values of the layout, for display.
[[nodiscard]] GridConfig settled(const GridConfig& grid, const cell::GridPlan& plan);

}  // namespace forknet::run
