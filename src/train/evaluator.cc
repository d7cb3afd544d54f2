#include "train/evaluator.h"

#include <cmath>

#include "base/try.h"
#include "data/loader.h"
#include "math/float_state.h"

namespace forknet::run {
namespace {

// The sums for rmse, mae and r2 over all outputs of all rows, in double, in row order, in the
// original units of the targets, weighted by row.
class RegressionSums {
 public:
  template <class T>
  void add(math::PanelView<const T> outputs, math::PanelView<const T> targets,
           const data::Scaling& scaled, const T* sample_weights) {
    for (std::size_t row = 0; row < outputs.rows; ++row) {
      const double weight =
          sample_weights == nullptr ? 1.0 : static_cast<double>(sample_weights[row]);
      for (std::size_t unit = 0; unit < outputs.columns; ++unit) {
        const double target = scaled.back(static_cast<double>(targets.at(row, unit)), unit);
        const double error = scaled.back(static_cast<double>(outputs.at(row, unit)), unit) - target;
        squares_ += weight * (error * error);
        absolutes_ += weight * std::fabs(error);
        // The running mean and squared deviation of the targets: Welford's, with West's weights
        // (D. West, Updating mean and variance estimates, 1979).
        if (count_ == 0) mean_ = target;  // exact, so that a constant has deviation 0
        count_ += weight;
        const double before = target - mean_;
        mean_ += weight * before / count_;
        deviation_ += weight * (before * (target - mean_));
      }
    }
  }
  void fill(Evaluation& evaluation) const {
    evaluation.rmse = std::sqrt(squares_ / count_);
    evaluation.mae = absolutes_ / count_;
    if (deviation_ > 0) evaluation.r2 = 1.0 - squares_ / deviation_;
  }

 private:
  double squares_ = 0;
  double absolutes_ = 0;
  double count_ = 0;
  double mean_ = 0;
  double deviation_ = 0;
};

template <class T>
Result<std::unique_ptr<data::Loader<T>>> chunks(const data::View& view,
                                                const data::Sampler& sampler,
                                                std::size_t target_columns, math::Target target) {
  data::LoaderOptions options;
  options.last_step = sampler.steps_per_epoch();
  options.threads = 0;
  options.target_columns = target_columns;
  options.target = target;
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

bool counts_classes(const nn::ModelPlan& plan, const data::View& view) {
  const data::TableShape& shape = view.table->shape;
  return plan.classifies() || (plan.outputs > 1 && shape.labelled && shape.outputs == 0);
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
                                          const StopAsked& stop) {
  const math::FloatStateScope float_state;
  const data::Sampler sampler = in_order(view);
  FORKNET_ASSIGN(const auto loader,
                 chunks<T>(view, sampler, plan_->classifies() ? 0 : plan_->outputs, target_));
  cell::Network<T> network(*plan_, workspace_, target_);
  Evaluation evaluation;
  RegressionSums regression;
  cell::BatchSums all;
  for (std::uint64_t step = 0; step < sampler.steps_per_epoch(); ++step) {
    if (stop && stop()) return Error{ErrorKind::stopped, "the evaluation was stopped"};
    const auto batch = batch_view(loader->acquire(step));
    const cell::BatchSums sums = network.evaluate(parameters, batch);
    if (!plan_->classifies()) {
      regression.add<T>(network.outputs(), batch.targets, view.targets, batch.sample_weights);
    }
    loader->release(step);
    all.add(sums);
  }
  evaluation.rows = all.rows;
  evaluation.loss = all.loss / all.all();
  if (counts_classes(*plan_, view)) evaluation.accuracy = all.hits() / all.all();
  if (!plan_->classifies()) regression.fill(evaluation);
  return evaluation;
}

template <class T>
Status Evaluator<T>::predict(std::span<const T> parameters, const data::View& view,
                             const Sink& sink) {
  const math::FloatStateScope float_state;
  const data::Sampler sampler = in_order(view);
  FORKNET_ASSIGN(const auto loader, chunks<T>(view, sampler, 0, target_));
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
