#include "settings/layout.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/try.h"
#include "os/cpu.h"

namespace forknet::run {
namespace {

// Below this number of rows, the products of a microbatch run clearly slower.
constexpr std::size_t kRowsWorthSending = 32;

// Multiplications of a step that keep a thread busy for some 10 microseconds. With less work per
// thread, waking and synchronising cost more than the thread saves (docs/benchmarks.md).
constexpr std::size_t kWorthAThread = 1'000'000;

// Three times the way forward for each row, and an update of each parameter. Rows do not multiply
// with all parameters: of an embedding's table a row takes one line.
std::size_t worth_starting(const nn::ModelPlan& model, std::size_t rows) {
  double forward = 0;
  for (const nn::LayerPlan& layer : model.layers) forward += layer.cost;
  const double step =
      3 * forward * static_cast<double>(rows) + static_cast<double>(model.parameters);
  return std::max<std::size_t>(1, static_cast<std::size_t>(step / kWorthAThread));
}

// Enough to keep a pipeline busy for most of the step (s - 1 of m + s - 1 slots stay idle).
std::size_t chosen_microbatches(const cell::GridShape& shape, std::size_t batch) {
  if (shape.stages == 1) return 1;
  const std::size_t rows = (batch + shape.replicas - 1) / shape.replicas;
  return std::clamp<std::size_t>(rows / kRowsWorthSending, 1, 4 * shape.stages);
}

}  // namespace

namespace {

Result<std::vector<int>> pins_of(const Pinning& pin, const cell::GridPlan& plan) {
  std::vector<int> pins;
  const std::vector<int> allowed = os::allowed_cpus();
  const std::size_t workers = plan.shape.workers();
  if (pin.kind == Pinning::Kind::automatic) {
    // Only if the run fills the machine: several runs side by side would all pin to the same CPUs.
    const bool fills = workers > 1 && workers == allowed.size() && plan.cpus == workers;
    if (fills && !plan.neurons) pins = allowed;
  }
  if (pin.kind != Pinning::Kind::list || pin.cpus.empty()) return pins;
  for (const std::int64_t cpu : pin.cpus) {
    if (std::find(allowed.begin(), allowed.end(), cpu) != allowed.end()) continue;
    return Error{
        ErrorKind::config,
        fmt::format("grid.pin names CPU {}, which this process may not use (it may use {})", cpu,
                    fmt::join(allowed, ", "))};
  }
  for (std::size_t worker = 0; worker < workers; ++worker) {
    pins.push_back(static_cast<int>(pin.cpus[worker % pin.cpus.size()]));
  }
  return pins;
}

}  // namespace

Result<cell::GridPlan> layout_of(const GridConfig& grid, const nn::ModelPlan& model,
                                 std::size_t batch, const std::vector<double>& costs) {
  const std::size_t layers = nn::stage_starts(model).size();
  const std::size_t rows = batch * model.members;
  cell::GridPlan plan;
  plan.cpus = static_cast<std::size_t>(os::cpu_budget());
  plan.shape.stages =
      grid.stages == GridConfig::kLayers ? layers : static_cast<std::size_t>(grid.stages);
  if (plan.shape.stages > layers) {
    return Error{ErrorKind::config,
                 fmt::format("grid.stages = {}, but the model has only {} layers that a stage can "
                             "begin with",
                             plan.shape.stages, layers)};
  }
  plan.shape.replicas = static_cast<std::size_t>(grid.replicas);
  plan.neurons = grid.threads == GridConfig::kNeurons;
  // Replicas that train their own models have one batch each.
  const std::size_t batches = grid.sync == Sync::average ? plan.shape.replicas : 1;
  if (grid.threads > 0) plan.shape.threads = static_cast<std::size_t>(grid.threads);
  if (grid.threads == 0) {
    const std::size_t share = std::max<std::size_t>(1, plan.cpus / plan.shape.cells());
    plan.shape.threads =
        std::min(share, worth_starting(model, rows * batches / plan.shape.cells()));
  }
  plan.slices = nn::partition_model(model, plan.shape.stages,
                                    costs.empty() ? nn::counted_costs(model) : costs);
  plan.schedule = grid.schedule;
  FORKNET_ASSIGN(plan.pins, pins_of(grid.pin, plan));
  plan.microbatches = grid.microbatches > 0 ? static_cast<std::size_t>(grid.microbatches)
                                            : chosen_microbatches(plan.shape, rows * batches);
  // Every microbatch begins at a multiple of 16 rows, which limits their number.
  const std::size_t most = (rows + math::kLanes - 1) / math::kLanes;
  plan.microbatches = std::clamp<std::size_t>(plan.microbatches, 1, std::max<std::size_t>(most, 1));
  return plan;
}

Result<std::unique_ptr<cell::StageContext>> context_for(const cell::GridPlan& plan) {
  if (plan.shape.workers() == 1 && plan.microbatches == 1 && !plan.neurons)
    return std::unique_ptr<cell::StageContext>();
  return cell::StageContext::in_threads(plan);
}

std::size_t threads_of_cell(const cell::GridPlan& plan, const nn::ModelPlan& model,
                            std::size_t stage) {
  if (!plan.neurons) return plan.shape.threads;
  std::size_t units = 0;
  for (std::size_t layer = plan.slices[stage].begin; layer < plan.slices[stage].end; ++layer) {
    const nn::LayerPlan& own = model.layers[layer];
    if (own.kind->traits().by_units) units += own.outputs;
  }
  return units;
}

std::size_t working_threads(const cell::GridPlan& plan, const nn::ModelPlan& model) {
  std::size_t threads = 0;
  for (std::size_t stage = 0; stage < plan.shape.stages; ++stage) {
    threads += plan.shape.replicas * threads_of_cell(plan, model, stage);
  }
  return threads;
}

GridConfig settled(const GridConfig& grid, const cell::GridPlan& plan) {
  GridConfig settled = grid;
  settled.stages = static_cast<std::int64_t>(plan.shape.stages);
  if (!plan.neurons) settled.threads = static_cast<std::int64_t>(plan.shape.threads);
  settled.microbatches = static_cast<std::int64_t>(plan.microbatches);
  if (plan.shape.cells() == 1 && grid.sync == Sync::step) settled.host = Host::thread;
  return settled;
}

}  // namespace forknet::run
