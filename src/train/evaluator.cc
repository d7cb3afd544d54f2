#include "train/evaluator.h"

#include <memory>
#include <vector>

#include "base/try.h"
#include "data/loader.h"
#include "math/float_state.h"
#include "nn/metrics/accuracy.h"
#include "nn/metrics/classes/ranks.h"
#include "nn/metrics/list.h"

namespace forknet::run {
namespace {

// The metrics that these rows have.
struct Measured {
  const nn::MetricEntry& entry;
  std::unique_ptr<nn::Metric> metric;
};
std::vector<Measured> metrics_of(const nn::MetricInput& input, const MoreMetrics& more) {
  std::vector<Measured> chosen;
  for (const nn::MetricEntry& entry : nn::metrics()) {
    const bool wanted = entry.in_training || more.all || entry.name == more.also;
    if (wanted && entry.applies(input)) chosen.push_back({entry, entry.make(input)});
  }
  return chosen;
}

// Where the outputs of a chunk have the labels, if a metric or the table of classes asks for it.
class LabelRanks {
 public:
  LabelRanks(const nn::MetricInput& input, const std::vector<Measured>& measured,
             const MoreMetrics& more)
      : table_(input.has_classes() ? more.classes : nullptr) {
    for (const Measured& one : measured) wanted_ = wanted_ || !one.entry.in_training;
    wanted_ = input.has_classes() && (wanted_ || table_ != nullptr);
    if (table_ != nullptr) table_->emplace(input.units);
    if (wanted_) ranks_.resize(kEvaluationRows);
    if (wanted_) predicted_.resize(kEvaluationRows);
  }

  [[nodiscard]] bool wanted() const { return wanted_; }
  // `outputs`: before the link.
  template <class T>
  void add_to(nn::MetricRows<T>& rows, const math::PanelView<const T>& outputs) {
    if (!wanted_) return;
    nn::rank_labels(outputs, rows.labels, ranks_.data(), predicted_.data());
    rows.ranks = ranks_.data();
    rows.predicted = predicted_.data();
    for (std::size_t row = 0; table_ != nullptr && row < outputs.rows; ++row) {
      (*table_)->add(rows.labels[row], predicted_[row], rows.weight(row));
    }
  }

 private:
  std::optional<nn::ClassTable>* const table_;
  bool wanted_ = false;
  std::vector<std::uint32_t> ranks_;
  std::vector<std::uint32_t> predicted_;
};

template <class T>
Result<std::unique_ptr<data::Loader<T>>> chunks(const data::View& view,
                                                const data::Sampler& sampler,
                                                const nn::ModelPlan& plan,
                                                std::size_t target_columns, math::Target target) {
  data::LoaderOptions options;
  options.last_step = sampler.steps_per_epoch();
  options.threads = 0;
  options.target_columns = target_columns;
  options.target = target;
  options.members = plan.members;
  options.repeats_targets = false;  // outputs are those of samples
  return data::Loader<T>::create(view, sampler, options);
}

data::Sampler in_order(const data::View& view) {
  return {0, static_cast<std::uint32_t>(view.size()), kEvaluationRows, false};
}

template <class T>
cell::BatchView<T> batch_view(const data::Batch<T>& batch) {
  return {batch.inputs.as_const(), batch.labels, batch.targets.as_const(),
          batch.samples,           nullptr,      batch.sample_weights};
}

}  // namespace

nn::MetricInput metric_input(const nn::ModelPlan& plan, const data::View& view) {
  const data::TableShape& shape = view.table->shape;
  return {.target = plan.loss->target(),
          .units = plan.outputs,
          .labelled = shape.labelled && shape.outputs == 0,
          .probabilities = plan.loss->predicts_probabilities(),
          .quantile = plan.loss->quantile(),
          .rows = view.size()};
}

bool has_metric(const nn::MetricEntry& metric, const nn::ModelPlan& plan, const data::View& view) {
  return metric.applies(metric_input(plan, view));
}

bool counts_classes(const nn::ModelPlan& plan, const data::View& view) {
  return has_metric(nn::kAccuracyMetric, plan, view);
}

template <class T>
Evaluator<T>::Evaluator(const nn::ModelPlan& plan, cell::Workspace<T> workspace,
                        math::Target target)
    : plan_(&plan), target_(target), workspace_(std::move(workspace)) {}

template <class T>
Result<Evaluator<T>> Evaluator<T>::create(const nn::ModelPlan& plan, math::Target target) {
  FORKNET_ASSIGN(auto workspace,
                 cell::Workspace<T>::create(plan, kEvaluationRows, cell::WorkspaceUse::evaluation));
  return Evaluator(plan, std::move(workspace), target);
}

template <class T>
Result<Evaluation> Evaluator<T>::evaluate(std::span<const T> parameters, const data::View& view,
                                          const StopAsked& stop, const MoreMetrics& more) {
  const math::FloatStateScope float_state;
  const data::Sampler sampler = in_order(view);
  FORKNET_ASSIGN(const auto loader, chunks<T>(view, sampler, *plan_,
                                              plan_->classifies() ? 0 : plan_->outputs, target_));
  cell::Network<T> network(*plan_, workspace_, target_);
  const nn::MetricInput input = metric_input(*plan_, view);
  const std::vector<Measured> measured = metrics_of(input, more);
  LabelRanks ranks(input, measured, more);
  Evaluation evaluation;
  for (std::uint64_t step = 0; step < sampler.steps_per_epoch(); ++step) {
    if (stop && stop()) return Error{ErrorKind::stopped, "the evaluation was stopped"};
    const auto batch = batch_view(loader->acquire(step));
    nn::MetricRows<T> rows;
    rows.sums = network.evaluate(parameters, batch);
    rows.targets = batch.targets;
    rows.labels = batch.labels;
    rows.sample_weights = batch.sample_weights;
    ranks.add_to(rows, network.outputs());
    // Metrics of classes that training shows do not read outputs.
    rows.outputs =
        plan_->classifies() && !ranks.wanted() ? network.outputs() : network.predictions();
    rows.offset = view.targets.offset;
    rows.factor = view.targets.factor;
    for (const Measured& one : measured) one.metric->add(rows);
    evaluation.rows += rows.sums.rows;
    loader->release(step);
  }
  for (const Measured& one : measured) {
    if (const auto value = one.metric->value()) evaluation.set(one.entry.name, *value);
  }
  return evaluation;
}

template <class T>
Status Evaluator<T>::predict(std::span<const T> parameters, const data::View& view,
                             const Sink& sink) {
  const math::FloatStateScope float_state;
  const data::Sampler sampler = in_order(view);
  FORKNET_ASSIGN(const auto loader, chunks<T>(view, sampler, *plan_, 0, target_));
  cell::Network<T> network(*plan_, workspace_, target_);
  std::vector<float> rows;
  for (std::uint64_t step = 0; step < sampler.steps_per_epoch(); ++step) {
    const auto outputs = network.predict(parameters, loader->acquire(step).inputs.as_const());
    loader->release(step);
    rows.resize(outputs.rows * outputs.columns);
    for (std::size_t row = 0; row < outputs.rows; ++row) {
      for (std::size_t unit = 0; unit < outputs.columns; ++unit) {
        const auto output = static_cast<double>(outputs.at(row, unit));
        rows[row * outputs.columns + unit] = static_cast<float>(view.targets.back(output, unit));
      }
    }
    FORKNET_TRY(sink(rows));
  }
  return {};
}

template class Evaluator<float>;
template class Evaluator<double>;

}  // namespace forknet::run
