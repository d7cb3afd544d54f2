#include "train/best_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/try.h"
#include "nn/parameters.h"
#include "os/failpoint.h"

namespace forknet::run {
namespace {

std::string digest_of(const ModelState& model) {
  return std::visit(
      [&](const auto& weights) {
        using T = std::remove_cvref_t<decltype(weights.parameters()[0])>;
        return nn::parameter_digest<T>(model.plan, weights.parameters());
      },
      model.weights);
}

}  // namespace

template <class T>
Status BestModel<T>::update(const Evaluation& evaluation) {
  ProgressState& progress = training_.progress;
  if (tracker_.keeps_model() && progress.best && progress.best_digest[0] == 0) {
    // A resume has switched checkpoint.best on.
    training_.job.note(
        fmt::format("the model of step {}, the best so far, was not kept; the best is that of the "
                    "steps to come",
                    progress.best_step));
    progress.best.reset();
  }
  const bool better = tracker_.note(evaluation, progress);
  // The file that an earlier part of the run kept is no longer the best.
  if (better && !tracker_.keeps_model()) progress.best_digest = {};
  if (better && tracker_.keeps_model()) {
    FORKNET_FAILPOINT("run/best/before");
    FORKNET_TRY(keep());
  }
  if (tracker_.patience_ended(progress)) {
    progress.reached = true;
    training_.job.note(
        fmt::format("early stop: no better validation in {} evaluations, the best was at step {}",
                    progress.evaluations_since_best, progress.best_step) +
        (tracker_.keeps_model() && progress.best ? "; the result is the model of that step" : ""));
  }
  return {};
}

template <class T>
Status BestModel<T>::keep() {
  FORKNET_ASSIGN(model_, copy());
  const TrainJob& job = training_.job;
  const std::string digest = digest_of(*model_);
  std::copy(digest.begin(), digest.end(), training_.progress.best_digest.begin());
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
Result<typename BestModel<T>::Chosen> BestModel<T>::chosen() const {
  const auto last = [&]() -> Result<Chosen> {
    FORKNET_ASSIGN(auto model, copy());
    return Chosen{std::move(model)};
  };
  const bool none = !training_.progress.best || training_.progress.best_digest[0] == 0;
  if (!tracker_.keeps_model() || none) return last();
  if (model_ != nullptr) return as_best(model_);
  auto best = training_.job.recorder->best_model();  // found before the run was resumed
  const std::string fault = best.ok() ? misfit(**best) : best.error().message;
  if (fault.empty()) return as_best(*best);
  training_.job.note("warning: the best model is lost, the last one takes its place: " + fault);
  return last();
}

// An evaluation takes place at the end of an epoch.
template <class T>
typename BestModel<T>::Chosen BestModel<T>::as_best(std::shared_ptr<const ModelState> model) const {
  const ProgressState& progress = training_.progress;
  return {std::move(model),
          TrainResult::Best{tracker_.metric(), *progress.best,
                            progress.best_step / training_.sampler.steps_per_epoch(),
                            progress.best_step}};
}

// Why a model from a file cannot be the best one of this run; empty: it can.
template <class T>
std::string BestModel<T>::misfit(const ModelState& model) const {
  const bool fits = std::holds_alternative<store::Weights<T>>(model.weights) &&
                    model.plan.describe() == training_.job.plan.describe() &&
                    model.plan.parameters == training_.job.plan.parameters;
  if (!fits) return "the file holds another model (" + model.plan.describe() + ")";
  // A run that fell back to an older checkpoint can find the model of a step it has not repeated.
  const auto& kept = training_.progress.best_digest;
  if (kept[0] == kUnknownDigest || digest_of(model) == std::string_view(kept.data(), kept.size())) {
    return "";
  }
  return fmt::format("the file does not hold the model of step {}", training_.progress.best_step);
}

template class BestModel<float>;
template class BestModel<double>;

}  // namespace forknet::run
