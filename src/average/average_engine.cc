#include "average/average_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "average/round_end.h"
#include "average/round_progress.h"
#include "average/work_scheduler.h"
#include "average/workers/model_worker.h"
#include "average/workers/workers.h"
#include "base/clock.h"
#include "base/try.h"
#include "settings/layout.h"
#include "supervise/stop_timeout.h"

namespace forknet::run {
namespace {

// The interval at which the Supervisor checks the progress of the models.
constexpr std::int64_t kLookAtModels = 20'000'000;
// How far a model may get ahead of the others, in time: the longest wait of a stop. A worker with a
// model of its own is not switched to another one.
constexpr std::int64_t kSlice = 200'000'000;
constexpr std::int64_t kAhead = 2'000'000'000;
// Through pipes the progress of a model is unknown until the worker returns it. So a slice is
// short, but much longer than the transfer (some nanoseconds per byte) and shorter than the budget
// after which a worker counts as hanging.
constexpr std::int64_t kPipeSlice = 500'000'000;
constexpr std::int64_t kPipeSlicePerByte = 40;
constexpr std::int64_t kMostPipeSlice = 5'000'000'000;

std::int64_t pipe_slice(const Config& config, const store::WeightsLayout& model) {
  const auto bytes = static_cast<std::int64_t>(model.bytes() / model.versions);
  const std::int64_t slice = std::min(kMostPipeSlice, kPipeSlice + kPipeSlicePerByte * bytes);
  const auto budget = static_cast<std::int64_t>(config.grid.step_budget * 1e9);
  return budget > 0 ? std::min(slice, budget / 2) : slice;
}

template <class T>
class ModelsEngine final : public AverageEngine<T> {
 public:
  ModelsEngine(const AverageJob<T>& job, cell::GridPlan plan)
      : engine_(job.engine),
        rounds_(job.rounds),
        models_(job.models),
        center_(job.center),
        commits_(job.state.control()),
        plan_(std::move(plan)),
        worker_job_(on_grid(engine_, plan_)),
        scheduler_(models_, engine_.grid.shape.replicas),
        round_progress_(models_, rounds_, engine_.config.average.diverged),
        tried_again_(models_.count(), kNever),
        pipe_slice_(pipe_slice(engine_.config, models_.shape().weights())),
        in_processes_(job.processes),
        stop_timeout_(engine_.stop, engine_.stop_order) {}

  Status start(const AverageJob<T>& job) {
    models_.forget_workers();
    center_.turn_to(models_.center_version());
    FORKNET_ASSIGN(mean_, store::Weights<T>::create(models_.shape().numbers, 0));
    const WorkersJob<T> workers = {worker_job_, models_, job.state, center_.memory()};
    if (job.processes) {
      FORKNET_ASSIGN(workers_, process_workers<T>(workers));
    } else {
      FORKNET_ASSIGN(workers_, thread_workers<T>(workers));
    }
    FORKNET_TRY(workers_->resize(scheduler_.workers()));
    begin_report();
    last_ns_ = monotonic_ns();  // models may already be past the first step
    return {};
  }

  void may_run_to(std::uint64_t step) override { goal_ = step; }

  Result<StepFigures> step(std::uint64_t step) override {
    if (step < commits_.committed()) {
      next_ = step + 1;
      return replayed(commits_.figures(step));
    }
    if (scheduler_.all_idle() && !round_progress_.all_have_done(step)) last_ns_ = monotonic_ns();
    next_ = step;
    while (!round_progress_.all_have_done(step)) {
      scheduler_.hand_out(limit());
      FORKNET_TRY(wait());
    }
    if (models_.center_step() <= step) {
      if (rounds_.ends_at(step + 1)) {
        FORKNET_TRY(finish_round(step));
      } else if (step + 1 == goal_) {
        // The trainer may read the weights, so check them now; the next loss would come too late.
        FORKNET_TRY(gather(step, step + 2));
      }
    }
    const cell::BatchSums sums = round_progress_.sums_of(step);
    commits_.commit_alone(step, sums);
    const std::int64_t now = monotonic_ns();
    const StepFigures figures = {sums, now - last_ns_};
    last_ns_ = now;
    workers_->step_done(step_ns_);
    // Assign work before the trainer reads the figures, so that no worker waits for it.
    next_ = step + 1;
    scheduler_.hand_out(limit());
    return figures;
  }

  // Brings all models to rest at the same step.
  Result<std::uint64_t> settle() override {
    goal_ = 0;
    scheduler_.stop_all();
    while (!scheduler_.all_idle()) FORKNET_TRY(wait());
    const std::uint64_t furthest = std::max(commits_.committed(), round_progress_.furthest());
    while (furthest > 0 && !round_progress_.all_have_done(furthest - 1)) {
      scheduler_.hand_out(furthest);
      FORKNET_TRY(wait());
    }
    while (!scheduler_.all_idle()) FORKNET_TRY(wait());
    return furthest;
  }

  // Models at different steps cannot be averaged: the result is then the center.
  Result<std::uint64_t> salvage() override {
    if (!workers_->end_all()) return Engine<T>::salvage();
    salvaged_ = true;
    return commits_.committed();
  }

  Status tend() override { return salvaged_ ? Status() : look_after_workers(0); }

  std::span<const T> parameters() override {
    if (result_is_center()) return std::as_const(center_).parameters();
    mean_now<T>(models_, engine_.sampler, std::as_const(center_).parameters(), mean_->parameters());
    return std::as_const(*mean_).parameters();
  }

  std::vector<CellReport> report(double train_seconds) const override {
    std::vector<CellReport> reports;
    for (std::size_t worker = 0; worker < scheduler_.workers(); ++worker) {
      const WorkerControlBlock& words = models_.worker(worker);
      const cell::GridPlan own = with_cpus_of(plan_, worker);
      reports.push_back(report_of(own, engine_.plan, 0, words.in, words.out));
      reports.back().cpus = own.pins;
      reports.back().replica = static_cast<std::int64_t>(worker);
      reports.back().threads = static_cast<std::int64_t>(working_threads(plan_, engine_.plan));
      const std::uint64_t steps_ns =
          words.steps_ns.load(std::memory_order_relaxed) - steps_before_[worker];
      const double busy = static_cast<double>(steps_ns) * 1e-9;
      fill_times(reports.back(), train_seconds, train_seconds - busy);
      fill_process(reports.back(), workers_->pid(worker), train_seconds, cpu_before_);
      reports.back().arena_bytes =
          models_.shape().weights().bytes() +
          cell::Workspace<T>::bytes_of(engine_.plan, engine_.sampler.batch(),
                                       cell::WorkspaceUse::training);
      reports.back().deaths = workers_->deaths(worker);
    }
    return reports;
  }
  [[nodiscard]] Faults faults() const override { return workers_->faults(); }

  Status resize(std::size_t workers) override {
    FORKNET_TRY(workers_->resize(workers));
    scheduler_.resize(workers);
    begin_report();
    return {};
  }

 private:
  // Starts the figures of the workers at zero; earlier work belongs to another layout.
  void begin_report() {
    steps_before_.assign(models_.count(), 0);
    cpu_before_.clear();
    for (std::size_t worker = 0; worker < scheduler_.workers(); ++worker) {
      steps_before_[worker] = models_.worker(worker).steps_ns.load(std::memory_order_relaxed);
      add_cpu_times(workers_->pid(worker), cpu_before_);
    }
  }

  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

  // True: no model has left the center, or the run is lost and the progress of the models depends
  // on timing.
  [[nodiscard]] bool result_is_center() const {
    if (next_ > 0 && round_progress_.lost(next_ - 1)) return true;
    if (salvaged_ && !models_.rest_at(commits_.committed())) return true;
    for (std::size_t model = 0; model < models_.count(); ++model) {
      if (!models_.at_center(model)) return false;
    }
    return true;
  }
  [[nodiscard]] std::int64_t slice_ns() const {
    if (!transport_of(engine_).shares_memory()) return pipe_slice_;
    return scheduler_.workers() < models_.count() ? kSlice : kAhead;
  }
  // The step up to which a model may train now.
  [[nodiscard]] std::uint64_t limit() const {
    const std::int64_t steps = step_ns_ > 0 ? slice_ns() / step_ns_ : 1;
    const auto ahead = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(steps), 1, kFigures);
    return std::min({goal_, next_ + ahead, rounds_.end_after(models_.center_step())});
  }

  Status wait() {
    if (engine_.alive) engine_.alive();
    // Threads of this process cannot be killed, so wait for them without a timeout.
    if (in_processes_) FORKNET_TRY(stop_timeout_.look(monotonic_ns(), commits_.committed()));
    return look_after_workers(kLookAtModels);
  }
  Status look_after_workers(std::int64_t timeout_ns) {
    FORKNET_TRY(workers_->wait(timeout_ns));
    for (std::size_t worker = 0; worker < scheduler_.workers(); ++worker) {
      const WorkerControlBlock& words = models_.worker(worker);
      const std::uint64_t steps = words.steps.load(std::memory_order_relaxed);
      const std::uint64_t ns = words.steps_ns.load(std::memory_order_relaxed);
      if (words.idle() && steps > 0) step_ns_ = static_cast<std::int64_t>(ns / steps);
    }
    for (std::size_t model = 0; model < models_.count(); ++model) FORKNET_TRY(look_at(model));
    return {};
  }

  // Handles a model that stopped because its loss is not finite. This is read from memory, so it is
  // found whichever process has died.
  Status look_at(std::size_t model) {
    const std::uint64_t steps = models_.commits(model).committed();
    if (models_.left_out(model) || models_.at_center(model)) return {};
    if (!round_progress_.loss_is_not_finite(model, steps - 1)) return {};
    const auto last = scheduler_.last_at(model);
    if (last.busy) return {};
    return poisoned(model, steps, last.worker);
  }

  // Once per round a model is trained again from the round's start by another worker, because
  // memory may be corrupt. The second result is final. Results from step `from_step` - 1 on must
  // not be used.
  Status poisoned(std::size_t model, std::uint64_t from_step, std::optional<std::size_t> worker) {
    if (tried_again_[model] != models_.center_step()) {
      tried_again_[model] = models_.center_step();
      say(
          fmt::format("model {} holds a number that is not finite at step {}; its round is trained "
                      "again from step {}",
                      model, from_step, models_.center_step()));
      if (worker) FORKNET_TRY(workers_->replace(*worker));
      models_.begin_again(model);
      return {};
    }
    models_.leave_out(model, from_step);
    if (engine_.config.average.diverged == Diverged::leave_out) {
      say(fmt::format("model {} has diverged at step {}: the next mean leaves it out", model,
                      from_step));
    }
    return {};
  }

  // Waits until all models have done `step` and rest, and checks that their weights are finite,
  // which the losses of the step do not show. Otherwise calls poisoned(model, from_step).
  Status gather(std::uint64_t step, std::uint64_t from_step) {
    while (true) {
      while (!scheduler_.all_idle() || !round_progress_.all_have_done(step)) {
        scheduler_.hand_out(step + 1);
        FORKNET_TRY(wait());
      }
      const auto bad = find_poisoned(models_);
      if (!bad) return {};
      FORKNET_TRY(poisoned(*bad, from_step, std::nullopt));
    }
  }

  // Averages the models after the last step of a round.
  Status finish_round(std::uint64_t step) {
    FORKNET_TRY(gather(step, step + 1));
    if (round_progress_.lost(step)) return {};
    end_round<T>(models_, engine_.sampler, engine_.config.average, step + 1, center_);
    return {};
  }

  void say(const std::string& text) const {
    if (engine_.note) engine_.note(text);
  }

  const EngineJob engine_;
  const Rounds rounds_;
  Models<T>& models_;
  store::Weights<T>& center_;
  Commits& commits_;
  const cell::GridPlan plan_;
  const EngineJob worker_job_;
  WorkScheduler<T> scheduler_;
  const RoundProgress<T> round_progress_;
  std::vector<std::uint64_t> tried_again_;  // by model: the center of the round that it repeated
  const std::int64_t pipe_slice_;
  const bool in_processes_;
  // The mean of models that have left the center, for parameters(); untouched before that.
  std::optional<store::Weights<T>> mean_;
  StopTimeout stop_timeout_;
  std::vector<std::uint64_t> steps_before_;  // by worker, nanoseconds (begin_report)
  CpuTimes cpu_before_;
  std::uint64_t goal_ = 0;
  std::uint64_t next_ = 0;            // the first step whose figures were not requested yet
  std::int64_t step_ns_ = 0;          // of a model
  std::int64_t last_ns_ = 0;          // when the last step was done
  bool salvaged_ = false;             // the workers have been ended
  std::unique_ptr<Workers> workers_;  // last member: destroyed first
};

}  // namespace

cell::GridPlan worker_plan(const cell::GridPlan& grid) {
  cell::GridPlan plan = grid;
  plan.shape.replicas = 1;
  plan.cpus = std::max<std::size_t>(1, grid.cpus / grid.shape.replicas);
  return plan;
}

template <class T>
Result<std::unique_ptr<AverageEngine<T>>> average_engine(const AverageJob<T>& job) {
  auto engine = std::make_unique<ModelsEngine<T>>(job, worker_plan(job.engine.grid));
  FORKNET_TRY(engine->start(job));
  return std::unique_ptr<AverageEngine<T>>(std::move(engine));
}

template Result<std::unique_ptr<AverageEngine<float>>> average_engine(const AverageJob<float>&);
template Result<std::unique_ptr<AverageEngine<double>>> average_engine(const AverageJob<double>&);

}  // namespace forknet::run
