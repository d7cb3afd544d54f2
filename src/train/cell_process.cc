#include "train/cell_process.h"

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "average/models_shape.h"
#include "average/workers/model_worker.h"
#include "base/printable.h"
#include "base/try.h"
#include "data/view_share.h"
#include "engine/arena.h"
#include "engine/cell_worker.h"
#include "math/float_state.h"
#include "nn/optimizer.h"
#include "os/background_writer.h"
#include "os/child_process.h"
#include "os/failpoint.h"
#include "os/fd_passing.h"
#include "os/process_start.h"
#include "state/live_state.h"
#include "state/page_coordinator.h"
#include "train/failpoint_lists.h"
#include "train/run_steps.h"

namespace forknet::run {
namespace {

os::Fd inherited(CellFd fd) { return os::inherited(static_cast<int>(fd)); }

Result<math::Target> target_named(const std::string& name) {
  if (name == math::target_name(math::Target::reference)) return math::Target::reference;
  for (const math::Target target : math::available_targets()) {
    if (math::target_name(target) == name) return target;
  }
  return Error{ErrorKind::internal, "this CPU has no " + name};
}

// The pipe ends of this cell, which the Supervisor sends for each generation.
class SentEnds {
 public:
  explicit SentEnds(os::Fd socket) : socket_(std::make_shared<os::Fd>(std::move(socket))) {}

  Result<std::vector<os::Fd>> operator()(std::uint32_t generation) {
    std::vector<os::Fd> none;
    while (newest_->number < generation || newest_->fds.empty()) {
      FORKNET_ASSIGN(*newest_, os::receive_fds(*socket_));
    }
    return newest_->number == generation ? std::move(newest_->fds) : std::move(none);
  }

 private:
  // Shared, because a std::function copies.
  std::shared_ptr<os::Fd> socket_;
  std::shared_ptr<os::ReceivedFds> newest_ = std::make_shared<os::ReceivedFds>();
};

// Runs a worker of models that train apart. It changes its models, never the center.
template <class T>
Status train_shared_models(const CellSpec& spec, const EngineJob& alone, const os::Fd& event,
                           os::Fd weights) {
  FORKNET_ASSIGN(auto center, os::Mapping::of(std::move(weights), os::Mapping::Access::write));
  FORKNET_TRY(center.write_only({}));
  FORKNET_ASSIGN(auto memory, os::Mapping::of(inherited(CellFd::grid), os::Mapping::Access::write));
  memory.forget_fd();
  Models<T> models(memory.writable(), models_shape<T>(spec.config, alone.plan));
  WorkerControlBlock& words = models.worker(spec.cell);
  const auto source = shared_source<T>(models, center.writable(), words, event);
  return work_on_models<T>({alone, spec.cell, words}, *source);
}

// Runs a worker that sees only the models sent to it.
template <class T>
Status train_sent_models(const CellSpec& spec, const EngineJob& alone, const os::Fd& event) {
  FORKNET_ASSIGN(std::vector<os::Fd> fds, SentEnds(inherited(CellFd::grid))(kWorkerEnds));
  const ModelsShape shape = models_shape<T>(spec.config, alone.plan);
  FORKNET_ASSIGN(auto memory, os::Mapping::of(std::move(fds[0]), os::Mapping::Access::write,
                                              shape.control_bytes()));
  memory.forget_fd();
  WorkerControlBlock& words = Models<T>(memory.writable(), shape).worker(spec.cell);
  FORKNET_ASSIGN(const auto source,
                 piped_source<T>(*spec.transport, alone.plan, shape, spec.cell,
                                 {std::move(fds[1]), std::move(fds[2])}, words, event));
  return work_on_models<T>({alone, spec.cell, words}, *source);
}

template <class T>
Status train_models(const CellSpec& spec, const EngineJob& engine, const os::Fd& event,
                    os::Fd weights) {
  cell::GridPlan own = spec.grid;
  own.shape.replicas = 1;
  const EngineJob alone = on_grid(engine, own);
  if (!spec.transport->shares_memory()) return train_sent_models<T>(spec, alone, event);
  return train_shared_models<T>(spec, alone, event, std::move(weights));
}

template <class T>
Status work(const CellSpec& spec, const EngineJob& engine) {
  // Its descriptor stays open: it is this process's share of the state.
  FORKNET_ASSIGN(auto control,
                 os::Mapping::of(inherited(CellFd::control), os::Mapping::Access::write));
  FORKNET_FAILPOINT("cell/mapped");
  const os::Fd event = inherited(CellFd::event);
  PageCoordinator coordinator(page_of(control.writable()).control);
  const CellJob job = {spec, engine, coordinator, event, spec.transport->can_replace()};
  os::Fd weights = inherited(CellFd::weights);
  if (spec.config.grid.sync == Sync::average) {
    return train_models<T>(spec, engine, event, std::move(weights));
  }
  if (!spec.transport->shares_memory()) {
    return work_behind_pipes<T>(job, std::move(weights), SentEnds(inherited(CellFd::grid)));
  }
  FORKNET_ASSIGN(auto arena, os::Mapping::of(inherited(CellFd::grid), os::Mapping::Access::write));
  arena.forget_fd();
  return work_in_shared_memory<T>(job, std::move(weights), arena.writable());
}

Status run_spec(const CellSpec& spec) {
  FORKNET_ASSIGN(const data::View rows,
                 data::view_of(inherited(CellFd::table), inherited(CellFd::view)));
  FORKNET_ASSIGN(const auto plan, nn::plan_model(spec.config.model, rows.table->shape.features));
  FORKNET_ASSIGN(const math::Target target, target_named(spec.target));
  const data::Sampler sampler = sampler_for(spec.config, rows);
  EngineJob engine = {spec.config,
                      rows,
                      plan,
                      sampler,
                      spec.grid,
                      target,
                      nn::leaf_rows(train_of_model(spec.config)),
                      spec.total_steps};
  os::Mapping trace;
  if (spec.trace) {
    FORKNET_ASSIGN(trace, os::Mapping::of(inherited(CellFd::trace), os::Mapping::Access::write));
    trace.forget_fd();
    engine.trace = &trace;
  }
  engine.rates = spec.rates;
  if (spec.config.numerics.precision == Precision::fp64) return work<double>(spec, engine);
  return work<float>(spec, engine);
}

}  // namespace

void give_up(const CellSpec& spec, const Error& error) {
  std::fprintf(stderr, "forknet: cell %s: %s\n", cell_name(spec.grid.shape, spec.cell).c_str(),
               printable_lines(error.message).c_str());
  std::_Exit(static_cast<int>(ErrorKind::cell));
}

namespace {

int live_as_cell() {
  const math::FloatStateScope float_state;
  os::never_wait_for_stderr();
  const os::Fd lifeline = inherited(CellFd::lifeline);
  const Status watched = os::live_with_parent(lifeline.get(), "forknet cell");
  const auto spec = read_spec(inherited(CellFd::spec));
  if (!spec.ok()) {
    std::fprintf(stderr, "forknet: %s\n", printable_lines(spec.error().message).c_str());
    return static_cast<int>(ErrorKind::internal);
  }
  os::failpoints::know(kFailpointsOfCells);
  os::failpoints::set_from_environment(static_cast<int>(spec->cell), spec->replaces);
  FORKNET_FAILPOINT("cell/started");
  if (!watched.ok()) give_up(*spec, watched.error());
  os::close_all_but_inherited(cell_fds(*spec));
  const Status worked = run_spec(*spec);
  if (!worked.ok()) give_up(*spec, worked.error());
  std::_Exit(0);  // the thread that watches the lifeline is still blocked
}

}  // namespace

int run_cell_process() {
  os::prepare_process();
  return os::on_own_stack(live_as_cell);
}

}  // namespace forknet::run
