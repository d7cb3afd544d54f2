#include "run/grid/cell_process.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "data/loader.h"
#include "data/view_share.h"
#include "math/float_state.h"
#include "nn/optimizer.h"
#include "os/barrier.h"
#include "os/child_process.h"
#include "os/event.h"
#include "run/grid/arena.h"
#include "run/grid/cell_spec.h"
#include "run/grid/engine.h"
#include "run/trainer.h"

namespace forknet::run {
namespace {

os::Fd inherited(CellFd fd) { return os::inherited(static_cast<int>(fd)); }

// Ends this process only: its threads may be anywhere.
[[noreturn]] void give_up(const CellSpec& spec, const Error& error) {
  std::fprintf(stderr, "forknet: cell %s: %s\n", cell_name(spec.grid.shape, spec.cell).c_str(),
               error.message.c_str());
  std::_Exit(static_cast<int>(ErrorKind::cell));
}

Result<math::Target> target_named(const std::string& name) {
  if (name == math::target_name(math::Target::reference)) return math::Target::reference;
  for (const math::Target target : math::available_targets()) {
    if (math::target_name(target) == name) return target;
  }
  return Error{ErrorKind::internal, "this CPU has no " + name};
}

// The numbers that this cell's threads change.
template <class T>
std::vector<typename store::Weights<T>::Numbers> own_numbers(const cell::Network<T>& network,
                                                             const cell::GridPlan& grid,
                                                             std::size_t cell) {
  std::vector<typename store::Weights<T>::Numbers> numbers;
  for (std::size_t thread = 0; thread < grid.shape.threads; ++thread) {
    network.for_own_weights({cell * grid.shape.threads + thread, grid.shape},
                            [&](std::size_t begin, std::size_t end) {
                              numbers.push_back({begin, end});
                            });
  }
  return numbers;
}

template <class T>
class CellProcess {
 public:
  CellProcess(const CellSpec& spec, const EngineJob& job) : spec_(spec), job_(job) {}

  Status run() {
    FORKNET_ASSIGN(auto weights,
                   store::Weights<T>::of(inherited(CellFd::weights), job_.plan.numbers,
                                         nn::moment_count(job_.config.optimizer.type)));
    FORKNET_ASSIGN(auto arena,
                   os::Mapping::of(inherited(CellFd::arena), os::Mapping::Access::write));
    const auto sizes = arena_sizes<T>(spec_.grid.shape, job_.plan, job_.sampler.batch());
    const auto memory = arena.writable();
    auto workspace = cell::Workspace<T>::over(memory.subspan(sizes.workspace_at), job_.plan,
                                              job_.sampler.batch(), cell::WorkspaceUse::training);
    FORKNET_ASSIGN(const auto crew,
                   cell::Crew::of_cell(spec_.grid, spec_.cell, memory.subspan(sizes.crew_at),
                                       spec_.generation));
    crew->on_broken([&](const Error& error) { give_up(spec_, error); });
    cell::Network<T> network(job_.plan, workspace, job_.target, crew.get());
    FORKNET_TRY(weights.write_only(own_numbers(network, spec_.grid, spec_.cell)));
    FORKNET_ASSIGN(const auto loader, open_loader());
    return work(control_of(memory), weights, network, *loader);
  }

 private:
  // Inputs are wanted where the first layer is, labels and targets where the last one is.
  Result<std::unique_ptr<data::Loader<T>>> open_loader() const {
    const std::size_t stage = spec_.cell / spec_.grid.shape.replicas;
    const bool last = stage + 1 == spec_.grid.shape.stages;
    data::LoaderOptions options;
    options.first_step = spec_.first_step;
    options.last_step = std::max(job_.total_steps, spec_.first_step);
    options.threads = static_cast<std::size_t>(job_.config.data.loader_threads);
    options.inputs = stage == 0;
    options.target_columns = !last || job_.plan.classifies() ? 0 : job_.plan.outputs;
    return data::Loader<T>::create(job_.rows, job_.sampler, options);
  }

  Status work(Control& control, store::Weights<T>& weights, cell::Network<T>& network,
              data::Loader<T>& loader) {
    const os::Fd event = inherited(CellFd::event);
    const cell::GridShape& shape = spec_.grid.shape;
    const bool tells = spec_.cell == (shape.stages - 1) * shape.replicas;
    const std::uint32_t spins = os::spins_for(shape.members(), spec_.grid.cpus);
    for (std::uint64_t step = spec_.first_step; control.await(step, spins); ++step) {
      const data::Batch<T>& batch = loader.acquire(step);
      network.step(weights,
                   {batch.inputs.as_const(), batch.labels, batch.targets.as_const(), batch.samples},
                   step_of<T>(job_, step, batch.rows));
      loader.release(step);
      // All replicas of the last stage have met before they changed its weights.
      if (tells) control.put_figures(step, network.sums(job_.leaf_rows));
      if (control.finish(spec_.cell, shape.cells(), spec_.generation, step)) os::tell(event);
    }
    return {};
  }

  const CellSpec& spec_;
  const EngineJob& job_;
};

Status run_spec(const CellSpec& spec) {
  FORKNET_ASSIGN(const data::View rows,
                 data::view_of(inherited(CellFd::table), inherited(CellFd::view)));
  FORKNET_ASSIGN(const auto plan, nn::plan_model(spec.config.model, rows.table->shape.features));
  FORKNET_ASSIGN(const math::Target target, target_named(spec.target));
  const data::Sampler sampler = sampler_for(spec.config, rows);
  const EngineJob job = {
      spec.config,     rows, plan, sampler, spec.grid, target, nn::leaf_rows(spec.config.train),
      spec.total_steps};
  if (spec.config.numerics.precision == Precision::fp64)
    return CellProcess<double>(spec, job).run();
  return CellProcess<float>(spec, job).run();
}

}  // namespace

int run_cell_process() {
  const math::FloatStateScope float_state;
  const os::Fd lifeline = inherited(CellFd::lifeline);
  os::live_with_parent(lifeline.get(), "forknet cell");
  const auto spec = read_spec(inherited(CellFd::spec));
  if (!spec.ok()) {
    std::fprintf(stderr, "forknet: %s\n", spec.error().message.c_str());
    return static_cast<int>(ErrorKind::internal);
  }
  const Status worked = run_spec(*spec);
  if (!worked.ok()) give_up(*spec, worked.error());
  std::_Exit(0);  // the thread that watches the lifeline still sleeps
}

}  // namespace forknet::run
