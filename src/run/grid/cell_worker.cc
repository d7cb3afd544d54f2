#include "run/grid/cell_worker.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "base/clock.h"
#include "nn/optimizer.h"
#include "os/barrier.h"
#include "os/cpu.h"
#include "os/event.h"
#include "run/grid/arena.h"

namespace forknet::run {
namespace {

std::size_t stage_of(const CellSpec& spec) { return spec.cell / spec.grid.shape.replicas; }

cell::CellTraffic traffic_of(const WorkerJob& job) {
  CellWords& words = job.control.cells[job.spec.cell];
  return {&words.in, &words.out};
}

// Inputs are wanted where the first layer is, labels and targets where the last one is.
template <class T>
Result<std::unique_ptr<data::Loader<T>>> open_loader(const WorkerJob& job) {
  const std::size_t stage = stage_of(job.spec);
  const bool last = stage + 1 == job.spec.grid.shape.stages;
  data::LoaderOptions options;
  options.first_step = job.spec.first_step;
  options.last_step = std::max(job.engine.total_steps, job.spec.first_step);
  options.threads = static_cast<std::size_t>(job.engine.config.data.loader_threads);
  options.inputs = stage == 0;
  options.target_columns = !last || job.engine.plan.classifies() ? 0 : job.engine.plan.outputs;
  return data::Loader<T>::create(job.engine.rows, job.engine.sampler, options);
}

template <class T>
cell::BatchView<T> view_of(const data::Batch<T>& batch) {
  return {batch.inputs.as_const(), batch.labels, batch.targets.as_const(), batch.samples};
}

// The rows of a batch that are a replica's own.
template <class T>
cell::BatchView<T> part_of(cell::BatchView<T> batch, math::Range rows) {
  const auto cut = [&](math::PanelView<const T>& view) {
    if (view.data != nullptr) view.data += rows.begin * math::kLanes;
    view.rows = rows.size();
  };
  cut(batch.inputs);
  cut(batch.targets);
  if (batch.labels != nullptr) batch.labels += rows.begin;
  batch.samples += rows.begin;
  return batch;
}

// step(number) for each step that may begin, then the words that say it is done.
template <class Step, class Rest>
Status run_steps(const WorkerJob& job, const cell::Crew& crew, std::size_t crew_cell, Step step,
                 Rest rest) {
  const os::PinScope pin(first_pin(job.spec.grid, job.spec.cell));
  const cell::GridShape& shape = job.spec.grid.shape;
  const std::uint32_t spins = os::spins_for(shape.members(), job.spec.grid.cpus);
  CellWords& words = job.control.cells[job.spec.cell];
  for (std::uint64_t number = job.spec.first_step; job.control.await(number, spins); ++number) {
    const std::int64_t begun = monotonic_ns();
    FORKNET_TRY(step(number));
    words.steps_ns.fetch_add(static_cast<std::uint64_t>(monotonic_ns() - begun),
                             std::memory_order_relaxed);
    words.wait_ns.store(crew.wait_ns(crew_cell), std::memory_order_relaxed);
    if (job.control.finish(job.spec.cell, shape.cells(), job.spec.generation, number)) {
      os::tell(job.event);
    }
    FORKNET_TRY(rest(number + 1));
  }
  return {};
}

// Two versions: what is committed stays until the next step is.
template <class T>
Result<store::Weights<T>> map_weights(const WorkerJob& job, os::Fd fd) {
  constexpr std::size_t kVersions = 2;
  FORKNET_ASSIGN(auto weights, store::Weights<T>::of(
                                   std::move(fd), job.engine.plan.numbers,
                                   nn::moment_count(job.engine.config.optimizer.type), kVersions));
  weights.forget_fd();
  return weights;
}

template <class T>
Status write_own_numbers_only(store::Weights<T>& weights, const cell::Network<T>& network,
                              const CellSpec& spec) {
  const cell::GridShape& shape = spec.grid.shape;
  std::vector<typename store::Weights<T>::Numbers> numbers;
  for (std::size_t thread = 0; thread < shape.threads; ++thread) {
    network.for_own_weights({spec.cell * shape.threads + thread, shape},
                            [&](std::size_t begin, std::size_t end) {
                              numbers.push_back({begin, end});
                            });
  }
  return weights.write_only(numbers);
}

}  // namespace

void give_up(const CellSpec& spec, const Error& error) {
  std::fprintf(stderr, "forknet: cell %s: %s\n", cell_name(spec.grid.shape, spec.cell).c_str(),
               error.message.c_str());
  std::_Exit(static_cast<int>(ErrorKind::cell));
}

template <class T>
Status work_in_shared_memory(const WorkerJob& job, os::Fd fd, std::span<std::byte> arena) {
  const auto& [spec, engine, control, event] = job;
  FORKNET_ASSIGN(auto weights, map_weights<T>(job, std::move(fd)));
  const auto sizes = arena_sizes<T>(spec.grid.shape, engine.plan, engine.sampler.batch());
  auto workspace = cell::Workspace<T>::over(arena.subspan(sizes.workspace_at), engine.plan,
                                            engine.sampler.batch(), cell::WorkspaceUse::training);
  FORKNET_ASSIGN(const auto crew, cell::Crew::of_cell(spec.grid, spec.cell, arena, spec.generation,
                                                      traffic_of(job)));
  crew->on_broken([&](const Error& error) { give_up(job.spec, error); });
  cell::Network<T> network(engine.plan, workspace, engine.target, crew.get());
  std::unique_ptr<cell::Neurons<T>> neurons;
  if (spec.grid.neurons) {
    FORKNET_ASSIGN(neurons, neurons_of<T>(engine, spec.cell));
    network.use_neurons(spec.cell, neurons.get());
  }
  FORKNET_TRY(write_own_numbers_only(weights, network, spec));
  FORKNET_ASSIGN(const auto loader, open_loader<T>(job));
  const bool tells = spec.cell == (spec.grid.shape.stages - 1) * spec.grid.shape.replicas;
  const auto step = [&](std::uint64_t number) -> Status {
    const data::Batch<T>& batch = loader->acquire(number);
    weights.turn_to(number);
    network.step(weights, view_of(batch), step_of<T>(job.engine, number, batch.rows));
    // All replicas of the last stage have met before they changed its weights.
    if (tells) job.control.put_figures(number, network.sums(batch.rows, job.engine.leaf_rows));
    loader->release(number);
    return {};
  };
  return run_steps(job, *crew, spec.cell, step, [](std::uint64_t) { return Status(); });
}

namespace {

// A cell behind pipes: what it has of its own.
template <class T>
class PrivateCell {
 public:
  PrivateCell(const WorkerJob& job, store::Weights<T> weights, CellChannels channels)
      : job_(job),
        plan_(job.engine.plan),
        slice_(job.spec.grid.slices[stage_of(job.spec)]),
        channels_(std::move(channels)),
        replica_(channels_.replicas.replica),
        replicas_(channels_.replicas.replicas),
        weights_(std::move(weights)) {}

  Status run() {
    const EngineJob& engine = job_.engine;
    const std::size_t batch = engine.sampler.batch();
    FORKNET_ASSIGN(workspace_, cell::Workspace<T>::of_slice(plan_, slice_, most_rows(), batch));
    FORKNET_ASSIGN(const auto crew, open_crew());
    crew->on_broken([this](const Error& error) { give_up(job_.spec, error); });
    cell::Network<T> network(plan_, *workspace_, engine.target, crew.get());
    std::unique_ptr<cell::Neurons<T>> neurons;
    if (job_.spec.grid.neurons) {
      FORKNET_ASSIGN(neurons, neurons_of<T>(engine, job_.spec.cell));
      network.use_neurons(stage_of(job_.spec), neurons.get());
    }
    if (replicas_ > 1) {
      FORKNET_ASSIGN(reducer_,
                     cell::Reducer<T>::create(plan_, slice_, std::move(channels_.replicas),
                                              leaves_of(batch), job_.spec.generation));
    }
    FORKNET_ASSIGN(const auto loader, open_loader<T>(job_));
    FORKNET_TRY(receive_first_weights());
    return run_steps(
        job_, *crew, stage_of(job_.spec),
        [&](std::uint64_t number) { return step(number, network, *loader); },
        [&](std::uint64_t steps) { return hand_back(steps); });
  }

 private:
  [[nodiscard]] std::size_t leaves_of(std::size_t rows) const {
    return (rows + job_.engine.leaf_rows - 1) / job_.engine.leaf_rows;
  }
  // The last leaf of a full batch may be shorter than one of a shorter batch.
  [[nodiscard]] std::size_t most_rows() const {
    const std::size_t batch = job_.engine.sampler.batch();
    const auto leaves = wire::leaves_of(replica_, replicas_, leaves_of(batch));
    return std::min(batch, (leaves.end - leaves.begin) * job_.engine.leaf_rows);
  }
  // Its share of a batch: whole leaves.
  [[nodiscard]] math::Range rows_of(std::size_t batch_rows) const {
    const auto leaves = wire::leaves_of(replica_, replicas_, leaves_of(batch_rows));
    return {std::min(batch_rows, leaves.begin * job_.engine.leaf_rows),
            std::min(batch_rows, leaves.end * job_.engine.leaf_rows)};
  }

  Result<std::unique_ptr<cell::Crew>> open_crew() {
    cell::GridPlan own = job_.spec.grid;
    own.shape.replicas = 1;  // in its memory
    own.pins = own_pins();
    return cell::Crew::of_private_cell(std::move(own), stage_of(job_.spec),
                                       std::move(channels_.links), job_.spec.generation);
  }

  // As the members of a grid of one replica number them.
  std::vector<int> own_pins() const {
    const cell::GridPlan& grid = job_.spec.grid;
    if (grid.pins.empty()) return {};
    const std::size_t threads = grid.shape.threads;
    std::vector<int> pins(grid.shape.stages * threads);
    for (std::size_t i = 0; i < threads; ++i) {
      pins[stage_of(job_.spec) * threads + i] = grid.pins[job_.spec.cell * threads + i];
    }
    return pins;
  }

  Status receive_first_weights() {
    weights_.turn_to(job_.spec.first_step);
    for (std::size_t region = 0; region <= weights_.moments(); ++region) {
      FORKNET_TRY(cell::receive_weights<T>(*channels_.start, plan_, slice_, region_of(region),
                                           what(job_.spec.first_step, region)));
    }
    return {};
  }
  // The Supervisor looks at the weights of every rest.
  Status hand_back(std::uint64_t steps) {
    if (channels_.back == nullptr || !job_.control.rests_after(steps, 0)) return {};
    weights_.turn_to(steps);
    for (std::size_t region = 0; region <= weights_.moments(); ++region) {
      FORKNET_TRY(cell::send_weights<T>(*channels_.back, plan_, slice_, region_of(region),
                                        what(steps, region)));
    }
    return {};
  }
  [[nodiscard]] cell::HandOver what(std::uint64_t steps, std::size_t region) const {
    return {job_.spec.generation, steps, static_cast<std::uint32_t>(region)};
  }
  [[nodiscard]] std::span<T> region_of(std::size_t region) {
    return region == 0 ? weights_.parameters() : weights_.moment(region - 1);
  }

  Status step(std::uint64_t number, cell::Network<T>& network, data::Loader<T>& loader) {
    const data::Batch<T>& batch = loader.acquire(number);
    const auto own = part_of(view_of(batch), rows_of(batch.rows));
    const auto step = step_of<T>(job_.engine, number, batch.rows);
    weights_.turn_to(number);
    if (reducer_ == nullptr) {
      network.step(weights_, own, step);
    } else {
      network.pass(weights_, own, step);
      FORKNET_TRY(reducer_->finish(network, *workspace_, weights_, own, step, batch.rows));
    }
    if (slice_.end == plan_.layers.size() && replica_ == 0) {
      job_.control.put_figures(number, network.sums(batch.rows, job_.engine.leaf_rows));
    }
    loader.release(number);
    return {};
  }

  const WorkerJob job_;
  const nn::ModelPlan& plan_;
  const nn::LayerRange slice_;
  CellChannels channels_;
  const std::size_t replica_;
  const std::size_t replicas_;
  store::Weights<T> weights_;
  std::optional<cell::Workspace<T>> workspace_;
  std::unique_ptr<cell::Reducer<T>> reducer_;
};

}  // namespace

template <class T>
Status work_behind_pipes(const WorkerJob& job, os::Fd fd, std::vector<os::Fd> ends) {
  FORKNET_ASSIGN(auto weights, map_weights<T>(job, std::move(fd)));
  return PrivateCell<T>(job, std::move(weights),
                        channels_of(job.spec.grid.shape, job.spec.cell, std::move(ends),
                                    job.spec.generation, traffic_of(job)))
      .run();
}

template Status work_in_shared_memory<float>(const WorkerJob&, os::Fd, std::span<std::byte>);
template Status work_in_shared_memory<double>(const WorkerJob&, os::Fd, std::span<std::byte>);
template Status work_behind_pipes<float>(const WorkerJob&, os::Fd, std::vector<os::Fd>);
template Status work_behind_pipes<double>(const WorkerJob&, os::Fd, std::vector<os::Fd>);

}  // namespace forknet::run
