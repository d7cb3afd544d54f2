#include "train/evaluations.h"

#include <string_view>
#include <variant>

#include "base/try.h"
#include "os/failpoint.h"

namespace forknet::run {
namespace {

// "validation/f1" -> "f1"
std::string_view metric_of(std::string_view best) { return best.substr(best.find('/') + 1); }

}  // namespace

template <class T>
Result<typename Evaluations<T>::OfEpoch> Evaluations<T>::at_end_of_epoch(std::uint64_t epoch) {
  const TrainJob& job = training_.job;
  if (epoch % static_cast<std::uint64_t>(job.config.train.eval_every) != 0 &&
      training_.progress.step < training_.total_steps) {
    return OfEpoch{};
  }
  OfEpoch figures;
  FORKNET_ASSIGN(figures.validation, evaluate(job.data.validation, cells_.engine().parameters()));
  if (!job.options.until_accuracy) return figures;
  std::optional<Evaluation> judged = figures.validation;
  if (!judged) {
    FORKNET_ASSIGN(judged, evaluate(job.data.test, cells_.engine().parameters()));
  }
  figures.accurate = judged && judged->accuracy.value_or(0.0) >= *job.options.until_accuracy;
  return figures;
}

template <class T>
Status Evaluations<T>::at_end(const ModelState& chosen, TrainResult& result) {
  const data::DataSets& data = training_.job.data;
  const auto& weights = std::get<store::Weights<T>>(chosen.weights);
  FORKNET_ASSIGN(result.test, evaluate(data.test, weights.parameters()));
  if (result.best || training_.progress.epoch.rows == 0) return {};
  FORKNET_ASSIGN(result.validation, evaluate(data.validation, cells_.engine().parameters()));
  return {};
}

template <class T>
Result<std::optional<Evaluation>> Evaluations<T>::evaluate(const std::optional<data::View>& view,
                                                           std::span<const T> parameters) {
  if (!view) return std::optional<Evaluation>();
  FORKNET_FAILPOINT("run/evaluate/before");
  Status polled;
  orders_.evaluation_begins();
  const auto evaluation =
      evaluator_.evaluate(parameters, *view,
                          [&] {
                            polled = orders_.poll();
                            return !polled.ok() || orders_.stop_asked() || orders_.makes_room();
                          },
                          {.also = metric_of(training_.job.config.checkpoint.best)});
  orders_.evaluation_ends();
  FORKNET_TRY(polled);
  if (!evaluation.ok()) return evaluation.error();
  FORKNET_FAILPOINT("run/evaluate/after");
  return std::optional<Evaluation>(*evaluation);
}

template class Evaluations<float>;
template class Evaluations<double>;

}  // namespace forknet::run
