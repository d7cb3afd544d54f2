#include "train/best_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>
#include <variant>

#include "base/try.h"
#include "os/failpoint.h"

namespace forknet::run {

template <class T>
Status BestModel<T>::update(const Evaluation& evaluation) {
  ProgressState& progress = training_.progress;
  const bool better = tracker_.note(evaluation, progress);
  if (better && tracker_.keeps_model()) {
    FORKNET_FAILPOINT("run/best/before");
    FORKNET_TRY(keep());
  }
  if (tracker_.patience_ended(progress)) {
    progress.reached = true;
    training_.job.note(
        fmt::format("early stop: no better validation in {} evaluations, the best was at step {}",
                    progress.evaluations_since_best, progress.best_step));
  }
  return {};
}

template <class T>
Status BestModel<T>::keep() {
  FORKNET_ASSIGN(model_, copy());
  const TrainJob& job = training_.job;
  if (job.recorder == nullptr) return {};
  const Status saved = job.recorder->model(*model_);
  if (!saved.ok()) job.note("warning: the best model could not be saved: " + saved.error().message);
  return {};
}

template <class T>
Result<std::shared_ptr<const ModelState>> BestModel<T>::copy() const {
  const TrainJob& job = training_.job;
  FORKNET_ASSIGN(auto copy, store::Weights<T>::create(job.plan.numbers, 0));
  const std::span<const T> parameters = cells_.engine().parameters();
  std::copy(parameters.begin(), parameters.end(), copy.parameters().begin());
  return std::shared_ptr<const ModelState>(
      new ModelState{job.config.model, job.plan, job.data.train.scaling, std::move(copy),
                     job.data.inputs, job.data.train.targets, job.data.preparation});
}

template <class T>
Result<std::shared_ptr<const ModelState>> BestModel<T>::chosen() const {
  if (!tracker_.keeps_model() || !training_.progress.best) return copy();
  if (model_ != nullptr) return model_;
  auto best = training_.job.recorder->best_model();  // found before the run was resumed
  const std::string fault = best.ok() ? misfit(**best) : best.error().message;
  if (fault.empty()) return best;
  training_.job.note("warning: the best model is lost, the last one takes its place: " + fault);
  return copy();
}

// Why a model from a file cannot be the best one of this run; empty: it can.
template <class T>
std::string BestModel<T>::misfit(const ModelState& model) const {
  const bool fits = std::holds_alternative<store::Weights<T>>(model.weights) &&
                    model.plan.describe() == training_.job.plan.describe() &&
                    model.plan.parameters == training_.job.plan.parameters;
  return fits ? "" : "the file holds another model (" + model.plan.describe() + ")";
}

template class BestModel<float>;
template class BestModel<double>;

}  // namespace forknet::run
