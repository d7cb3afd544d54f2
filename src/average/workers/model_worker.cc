#include "average/workers/model_worker.h"

#include <cmath>
#include <map>
#include <memory>
#include <optional>

#include "base/try.h"
#include "os/cpu.h"
#include "os/failpoint.h"
#include "os/futex.h"
#include "settings/averaging.h"

namespace forknet::run {
namespace {

// The settings of one model. The worker prepares batches itself, because the other CPUs are busy
// and it never waits for other workers.
Config of_one_model(Config config) {
  config.data.loader_threads = 0;
  nn::scale_rates(config.optimizer, rate_factor(config));
  return config;
}

std::vector<nn::RateChange> rates_of_one_model(const EngineJob& job) {
  std::vector<nn::RateChange> rates = job.rates;
  const double factor = rate_factor(job.config);
  for (nn::RateChange& change : rates) change.lr *= factor;
  return rates;
}

template <class T>
class ModelWorker {
 public:
  ModelWorker(const WorkerJob& job, ModelSource<T>& source)
      : job_(job),
        config_(of_one_model(job.engine.config)),
        plan_(with_cpus_of(job.engine.grid, job.worker)),
        pin_(first_pin(plan_, 0)),
        source_(source),
        models_(source.models()),
        words_(job.words) {}

  Status live() {
    while (const auto number = next_order()) {
      FORKNET_FAILPOINT("worker/order/taken");
      const Status done = carry_out(*number, words_.model());
      if (!done.ok()) return told_to_exit() ? Status() : done;
      last_ = *number;
    }
    return {};
  }

 private:
  // An open model; kept, because a worker mostly gets the same one again.
  struct Seat {
    data::Sampler sampler;
    store::Weights<T> weights;
    std::optional<EngineJob> job;  // refers to the sampler
    std::unique_ptr<Engine<T>> engine;
    std::uint64_t at = 0;  // the next step of the engine
  };

  // Nothing: the worker is to exit.
  std::optional<std::uint64_t> next_order() {
    while (true) {
      const std::uint32_t wakeups = words_.wakeups.load(std::memory_order_acquire);
      if (told_to_exit()) return std::nullopt;
      const std::uint64_t number = words_.number();
      if (number != last_ && !words_.idle()) return number;
      os::futex_wait(words_.wakeups, wakeups);
    }
  }

  [[nodiscard]] bool told_to_exit() const {
    return words_.exit.load(std::memory_order_acquire) != 0;
  }

  Status carry_out(std::uint64_t order, std::size_t model) {
    FORKNET_TRY(source_.fetch(order, model));
    FORKNET_TRY(train(model));
    FORKNET_FAILPOINT("worker/order/done");
    return source_.give_back(order, model);
  }

  Status train(std::size_t model) {
    Seat& seat = seat_of(model);
    Commits& commits = models_.commits(model);
    FORKNET_TRY(open(seat, commits));
    // True if a predecessor that died has begun the round.
    const bool begun = seat.at > models_.center_step();
    if (begun && !std::isfinite(commits.figures(seat.at - 1).loss)) return {};
    while (seat.at < words_.goal.load(std::memory_order_acquire)) {
      FORKNET_FAILPOINT("worker/step/before");
      FORKNET_ASSIGN(const StepFigures figures, seat.engine->step(seat.at));
      ++seat.at;
      words_.steps.fetch_add(1, std::memory_order_relaxed);
      words_.steps_ns.fetch_add(static_cast<std::uint64_t>(figures.nanoseconds),
                                std::memory_order_relaxed);
      FORKNET_FAILPOINT("worker/step/after");
      if (!std::isfinite(figures.sums.loss)) break;
    }
    return {};
  }

  Seat& seat_of(std::size_t model) {
    auto& seat = seats_[model];
    if (seat == nullptr) {
      const auto number = static_cast<std::uint32_t>(model);
      seat.reset(new Seat{job_.engine.sampler.of_model(number), models_.weights(model), {}, {}, 0});
      const EngineJob& own = job_.engine;
      seat->job.emplace(EngineJob{config_,
                                  own.rows,
                                  own.plan,
                                  seat->sampler,
                                  plan_,
                                  own.target,
                                  own.leaf_rows,
                                  own.total_steps,
                                  {},
                                  own.trace,
                                  {models_.count(), job_.worker},
                                  rates_of_one_model(own)});
    }
    return *seat;
  }

  // Opens the engine at the model's next step, whichever worker left it there.
  Status open(Seat& seat, Commits& commits) {
    if (seat.engine != nullptr && seat.at == commits.committed()) return {};
    seat.engine.reset();
    if (has_threads()) close_all();
    seat.at = commits.committed();
    seat.weights.turn_to(seat.at);
    FORKNET_ASSIGN(seat.engine, local_engine<T>(*seat.job, seat.weights, commits));
    return {};
  }

  // Engines with threads are not kept, because their threads would add up.
  [[nodiscard]] bool has_threads() const { return plan_.shape.workers() > 1 || plan_.neurons; }
  void close_all() {
    for (auto& [model, seat] : seats_) seat->engine.reset();
  }

  const WorkerJob& job_;
  const Config config_;
  const cell::GridPlan plan_;
  const os::PinScope pin_;
  ModelSource<T>& source_;
  Models<T>& models_;
  WorkerControlBlock& words_;
  std::uint64_t last_ = 0;  // the last order carried out
  std::map<std::size_t, std::unique_ptr<Seat>> seats_;
};

}  // namespace

cell::GridPlan with_cpus_of(cell::GridPlan plan, std::size_t worker) {
  const std::vector<int> all = plan.pins;
  plan.pins.clear();
  const std::size_t members = plan.shape.workers();
  for (std::size_t i = 0; i < members && !all.empty(); ++i) {
    plan.pins.push_back(all[(worker * members + i) % all.size()]);
  }
  return plan;
}

template <class T>
Status work_on_models(const WorkerJob& job, ModelSource<T>& source) {
  ModelWorker<T> worker(job, source);
  return worker.live();
}

template Status work_on_models<float>(const WorkerJob&, ModelSource<float>&);
template Status work_on_models<double>(const WorkerJob&, ModelSource<double>&);

}  // namespace forknet::run
