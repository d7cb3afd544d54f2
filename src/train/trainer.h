// The training loop of one cell: takes batches in the order of the sampler, steps, and at the right
// steps logs, evaluates, keeps the best, checkpoints and stops. Everything it needs is handed to
// it; what must outlive it goes to a Recorder. T is float or double.
#pragma once

#include <forknet/config.h>
#include <forknet/train.h>

#include <memory>
#include <optional>

#include "average/average_engine.h"
#include "cell/stage_context.h"
#include "engine/engine.h"
#include "engine/tracing.h"
#include "state/live_state.h"
#include "state/progress_state.h"
#include "train/best_tracker.h"
#include "train/evaluator.h"
#include "train/orders/order_budget.h"
#include "train/run_steps.h"
#include "train/throughput.h"
#include "train/train_job.h"

namespace forknet::run {

template <class T>
class Trainer {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Trainer>> create(const TrainJob& job);

  // Runs to the end, a stop or divergence. Once.
  [[nodiscard]] Result<TrainResult> run();

  // One step, without evaluation, logging or checkpoints: what benchmarks and tests of the step
  // itself want. False: the loss is not finite.
  [[nodiscard]] Result<bool> step();

  // What the cells did, to whoever asked for it; once, after run(): they end.
  void write_trace();

  [[nodiscard]] const store::Weights<T>& weights() const { return weights_; }
  [[nodiscard]] std::uint64_t steps_done() const { return state_.step; }
  [[nodiscard]] std::uint64_t total_steps() const { return total_steps_; }

 private:
  Trainer(const TrainJob& job, LiveState live, store::Weights<T> weights, Evaluator<T> evaluator,
          cell::GridPlan layout, bool in_processes);
  [[nodiscard]] Status open();
  [[nodiscard]] Status first_weights();
  [[nodiscard]] Status restore(const store::Checkpoint& checkpoint);
  [[nodiscard]] Status restore(const Recovered& recovered);
  // What this process knows joins the state that survives it.
  void save_progress();
  void seal_weights();
  void report_state_place() const;
  [[nodiscard]] Status open_engine();
  [[nodiscard]] cell::GridShape recorded_shape() const;
  // Of models that train apart (trainer_average.cc).
  [[nodiscard]] Status open_average(const EngineJob& job);
  [[nodiscard]] Status restore_models(const store::Checkpoint& checkpoint);
  void add_models(std::vector<store::NamedTensor>& tensors, store::RunState& state) const;
  [[nodiscard]] Status resize_average(std::int64_t workers);
  [[nodiscard]] Status reopen_average();
  // The next step before which somebody looks at the weights.
  [[nodiscard]] std::uint64_t next_pause() const;
  // The figures of the next step become the run's.
  [[nodiscard]] Result<bool> take_step();
  // The cells come to rest; the steps that they had done by then become the run's.
  // False: the loss is not finite.
  [[nodiscard]] Result<bool> catch_up();
  [[nodiscard]] Result<bool> catch_up_to(std::uint64_t step);
  [[nodiscard]] Result<TrainResult> train();
  // The run is to stop and its cells do not come to rest.
  [[nodiscard]] Result<TrainResult> stop_without_cells(const Error& why);
  // Live control (trainer_control.cc): the cells are at rest. Returns when they may go on.
  [[nodiscard]] Status apply();
  [[nodiscard]] bool orders_due() const;
  [[nodiscard]] OrderReach order_reach() const;
  [[nodiscard]] Result<bool> apply_waiting();  // false: there were none
  [[nodiscard]] Status apply(const Orders::Given& given);
  [[nodiscard]] Status end_of_epoch();
  [[nodiscard]] Status carry_out(LifeAction action, const Order& order, OrderAnswer& answer);
  [[nodiscard]] Status resize(const Order& order);
  void keep_replicas();
  // (trainer_reload.cc)
  [[nodiscard]] Status reload(OrderAnswer& answer);
  [[nodiscard]] Status change_rate(double lr);
  // While an evaluation is under way: what can be applied is, cells that die are replaced.
  [[nodiscard]] Status poll();
  // An order waits that the evaluation under way has to make room for.
  [[nodiscard]] bool makes_room() const;
  [[nodiscard]] Status move_to(cell::GridPlan layout);
  void after_step();
  [[nodiscard]] Status close_epoch();
  [[nodiscard]] Status judge(const Evaluation& evaluation);
  [[nodiscard]] Result<std::optional<Evaluation>> evaluate(const std::optional<data::View>& view,
                                                           std::span<const T> parameters);
  void try_checkpoint();
  [[nodiscard]] Status save_checkpoint();
  [[nodiscard]] bool is_saved() const;
  [[nodiscard]] double recent_loss() const;
  [[nodiscard]] Status save_best();
  Status evaluate_at_end(const ModelState& chosen, TrainResult& result);
  [[nodiscard]] Result<TrainResult> finish(TrainResult::State state);
  void hold_against_constant(TrainResult& result) const;
  [[nodiscard]] Result<std::shared_ptr<const ModelState>> copy_model() const;
  [[nodiscard]] Result<std::shared_ptr<const ModelState>> chosen_model() const;
  [[nodiscard]] std::string misfit(const ModelState& model) const;
  void note(const std::string& text) const;
  void record(const Metrics& metrics);
  void publish_status(std::string_view state, double loss);
  [[nodiscard]] bool stop_asked() const;
  void show_life() const {
    if (job_.orders != nullptr) job_.orders->beat();
  }
  [[nodiscard]] bool epoch_end_pending() const;
  [[nodiscard]] bool checkpoint_due() const;
  [[nodiscard]] std::uint64_t samples_done() const;
  [[nodiscard]] Metrics metrics_now(Metrics::Kind kind, const Evaluation& figures) const;

  const TrainJob job_;
  Config config_;      // with what was changed while it trains, but for the learning rate
  RateChanges rates_;  // its changes
  const data::Sampler sampler_;
  const std::size_t leaf_rows_;
  const std::uint64_t total_steps_;
  cell::GridPlan layout_;
  bool in_processes_;
  LiveState live_;
  store::Weights<T> weights_;
  std::optional<Models<T>> models_;  // that train apart; weights_ is their center
  Evaluator<T> evaluator_;
  ProgressState state_;
  LifeState life_ = LifeState::running;
  bool evaluating_ = false;
  bool over_ = false;  // no further step; the last evaluation may be under way
  std::int64_t polled_ns_ = 0;
  OrderBudget budget_;                      // of the time that orders take
  std::optional<std::uint64_t> rested_at_;  // the step at which orders were applied last
  bool made_room_ = false;                  // the evaluation that is due has been broken off once
  Faults faults_;                           // of engines that have been given up
  std::uint64_t committed_ = 0;  // when the run was begun: the steps before it are only told again
  std::uint64_t saved_ = 0;      // the step of the progress that is saved
  bool dealt_ = false;           // with a pause since then
  BestTracker best_;
  Throughput throughput_;
  double layout_begun_ =
      0;  // throughput_.train_seconds() when the engine was opened or got other workers
  std::optional<std::uint64_t> last_checkpoint_;   // the step of the last that was written
  std::optional<std::uint64_t> checkpoint_tried_;  // written or not
  std::int64_t status_told_ns_ = 0;
  bool metrics_failed_ = false;  // said once until a line is written again
  std::shared_ptr<const ModelState> best_model_;
  AverageEngine<T>* average_ = nullptr;  // the engine, of models that train apart
  TraceBook traces_;                     // empty where nobody asks for a trace
  std::unique_ptr<Engine<T>> engine_;    // last: it goes first
};

}  // namespace forknet::run
