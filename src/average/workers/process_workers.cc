#include <memory>

#include "average/workers/workers.h"
#include "base/try.h"
#include "os/event.h"
#include "os/process.h"
#include "supervise/process_pool.h"
#include "supervise/process_supervisor.h"

namespace forknet::run {
namespace {

// The pool's plan has one cell per worker, for the maximum number, named by their replicas.
cell::GridPlan pool_plan(cell::GridPlan worker, std::size_t models) {
  worker.shape.replicas = models;
  return worker;
}

// Workers as processes. One that dies is restarted and continues with its order; the others are not
// affected.
template <class T>
class ProcessWorkers final : public Workers {
 public:
  explicit ProcessWorkers(const WorkersJob<T>& job)
      : models_(job.models),
        plan_(pool_plan(job.engine.grid, job.models.count())),
        engine_(on_grid(job.engine, plan_)),
        state_(job.state),
        pipes_(model_pipes(
            job, {[this](std::size_t) { supervisor_->nothing_is_overdue(); },
                  [this](std::size_t worker) { supervisor_->look_while_waiting_for(worker); }})) {}
  ~ProcessWorkers() override {
    for (std::size_t worker = 0; worker < count_; ++worker) {
      models_.worker(worker).goal.store(0);
      models_.worker(worker).exit.store(1);
      wake(models_.worker(worker));
      if (pipes_) pipes_->disconnect(worker);
    }
  }
  ProcessWorkers(const ProcessWorkers&) = delete;
  ProcessWorkers& operator=(const ProcessWorkers&) = delete;

  Status open() {
    FORKNET_ASSIGN(event_, os::make_event());
    const os::Fd& shared = pipes_ ? nothing_ : state_.models_fd();
    pool_ = std::make_unique<ProcessPool>(engine_, state_, event_, shared, models_.count());
    supervisor_ = std::make_unique<ProcessSupervisor>(engine_, *pool_, progress(), models_.count());
    if (pipes_) FORKNET_TRY(pipes_->open());
    return pool_->open();
  }

  Status resize(std::size_t count) override {
    while (count_ > count) dismiss(--count_);
    for (; count_ < count; ++count_) FORKNET_TRY(start(count_));
    supervisor_->nothing_is_overdue();
    return {};
  }

  Status wait(std::int64_t timeout_ns) override {
    FORKNET_ASSIGN(const ProcessSupervisor::Cells dead, supervisor_->wait(timeout_ns));
    if (pipes_)
      (void)pipes_->serve(count_);  // a failed worker dies or hangs; the supervisor detects both
    for (const std::size_t worker : dead) FORKNET_TRY(start(worker));
    return {};
  }

  Status replace(std::size_t worker) override {
    dismiss(worker);
    return start(worker);
  }
  bool end_all() override {
    pool_->end_all();
    return true;
  }
  void step_done(std::int64_t step_ns) override { supervisor_->step_done(step_ns); }
  [[nodiscard]] int pid(std::size_t worker) const override { return pool_->pid(worker); }
  [[nodiscard]] std::uint64_t deaths(std::size_t worker) const override {
    return PageCoordinator(state_.control()).counts(worker).deaths;
  }
  [[nodiscard]] Faults faults() const override { return supervisor_->faults(); }

 private:
  Status start(std::size_t worker) {
    const std::size_t one[] = {worker};
    if (!pipes_) return supervisor_->start(one);
    FORKNET_ASSIGN(const os::PipeEnds ends, pipes_->connect(worker));
    FORKNET_TRY(supervisor_->start(one));
    const os::Fd* const sent[] = {&state_.models_fd(), &ends.read, &ends.write};
    pool_->send(worker, kWorkerEnds, sent);
    return {};
  }
  void dismiss(std::size_t worker) {
    supervisor_->dismiss(worker);
    if (pipes_) pipes_->disconnect(worker);
  }

  // Counts steps of all models: as long as any model makes progress, no worker counts as hanging.
  CellProgress progress() {
    return {[this] {
              std::uint64_t steps = 0;
              for (std::size_t m = 0; m < models_.count(); ++m) {
                steps += models_.commits(m).committed();
              }
              return steps;
            },
            [this] {
              bool idle = true;
              for (std::size_t w = 0; w < count_; ++w) idle = idle && models_.worker(w).idle();
              return idle;
            },
            [this](std::size_t w) { return w < count_ && !models_.worker(w).idle(); }};
  }

  Models<T>& models_;
  const cell::GridPlan plan_;
  const EngineJob engine_;
  LiveState& state_;
  os::Fd event_;
  const os::Fd nothing_;  // the arena: none, if models are sent through pipes
  std::optional<ModelPipes<T>> pipes_;
  std::size_t count_ = 0;
  std::unique_ptr<ProcessPool> pool_;
  std::unique_ptr<ProcessSupervisor> supervisor_;
};

}  // namespace

template <class T>
Result<std::unique_ptr<Workers>> process_workers(const WorkersJob<T>& job) {
  auto workers = std::make_unique<ProcessWorkers<T>>(job);
  FORKNET_TRY(workers->open());
  return std::unique_ptr<Workers>(std::move(workers));
}

template Result<std::unique_ptr<Workers>> process_workers<float>(const WorkersJob<float>&);
template Result<std::unique_ptr<Workers>> process_workers<double>(const WorkersJob<double>&);

}  // namespace forknet::run
