// The public Model (include/forknet/model.h).
#include <fmt/format.h>
#include <forknet/model.h>

#include "base/try.h"
#include "data/arrays.h"
#include "data/dataset_internals.h"
#include "data/formats/format.h"
#include "data/table_cache.h"
#include "data/view.h"
#include "nn/parameters.h"
#include "os/memory.h"
#include "train/check_codes.h"
#include "train/check_targets.h"
#include "train/evaluator.h"
#include "train/model/model_evaluation.h"
#include "train/model/model_file.h"
#include "train/model/model_state.h"

namespace forknet {
namespace {

// Calls f(weights, T{}) with the weights in their own precision.
template <class F>
auto with_weights(const ModelState& state, F f) {
  return std::visit(
      [&](const auto& weights) {
        using T = std::remove_cvref_t<decltype(weights.parameters()[0])>;
        return f(weights.parameters(), T{});
      },
      state.weights);
}

Result<std::vector<float>> predict_view(const ModelState& state, const data::View& view) {
  return with_weights(
      state, [&]<class T>(std::span<const T> weights, T) -> Result<std::vector<float>> {
        FORKNET_ASSIGN(auto evaluator, run::Evaluator<T>::create(state.plan, math::best_target()));
        std::vector<float> outputs;
        FORKNET_TRY(evaluator.predict(weights, view, [&](std::span<const float> rows) {
          outputs.insert(outputs.end(), rows.begin(), rows.end());
          return Status();
        }));
        return outputs;
      });
}

Status check_inputs(const ModelState& state, const Dataset& dataset) {
  if (dataset.features() == state.plan.inputs) {
    return run::check_codes(*DatasetInternals::table(dataset), state.plan, state.preparation.get());
  }
  return Error{ErrorKind::data, fmt::format("the data has {} numbers a row, the model takes {}",
                                            dataset.features(), state.plan.inputs)};
}

// `classes`: filled for rows with classes; or null.
Result<Evaluation> evaluate_state(const ModelState& state, const Dataset& dataset,
                                  std::optional<nn::ClassTable>* classes) {
  FORKNET_TRY(check_inputs(state, dataset));
  FORKNET_TRY(run::check_targets(*DatasetInternals::table(dataset), state.plan));
  const data::View view = {DatasetInternals::table(dataset), {}, state.scaling, state.targets};
  return with_weights(state, [&]<class T>(std::span<const T> weights, T) -> Result<Evaluation> {
    FORKNET_ASSIGN(auto evaluator, run::Evaluator<T>::create(state.plan, math::best_target()));
    return evaluator.evaluate(weights, view, {}, {.all = true, .classes = classes});
  });
}

}  // namespace

Result<ModelEvaluation> evaluate_model(const Model& model, const Dataset& dataset) {
  ModelEvaluation result;
  FORKNET_ASSIGN(result.evaluation,
                 evaluate_state(ModelInternals::state(model), dataset, &result.classes));
  return result;
}

Result<Model> Model::load(const std::string& path) {
  FORKNET_ASSIGN(auto state, run::read_model(path));
  return Model(std::move(state));
}

Status Model::save(const std::string& path) const { return run::write_model(*state_, path); }

std::size_t Model::inputs() const { return state_->plan.inputs; }
std::size_t Model::outputs() const { return state_->plan.outputs; }
std::size_t Model::parameters() const { return state_->plan.parameters; }
std::string Model::describe() const { return state_->plan.describe(); }

std::string Model::digest() const {
  return with_weights(*state_, [&]<class T>(std::span<const T> weights, T) {
    return nn::parameter_digest<T>(state_->plan, weights);
  });
}

Result<std::vector<float>> Model::predict(std::span<const float> rows) const {
  if (rows.empty() || rows.size() % inputs() != 0) {
    return Error{ErrorKind::data,
                 fmt::format("{} numbers are no whole rows of {} inputs", rows.size(), inputs())};
  }
  // Unused targets: a table must have either targets or labels.
  const std::vector<float> targets(rows.size() / inputs(), 0.0F);
  FORKNET_ASSIGN(auto table, data::table_from_arrays(rows, inputs(), targets, 1));
  FORKNET_TRY(run::check_codes(*table, state_->plan, nullptr));
  return predict_view(*state_, {std::move(table), {}, state_->scaling, state_->targets});
}

Result<std::vector<float>> Model::predict(const Dataset& dataset) const {
  FORKNET_TRY(check_inputs(*state_, dataset));
  return predict_view(*state_,
                      {DatasetInternals::table(dataset), {}, state_->scaling, state_->targets});
}

Result<Evaluation> Model::evaluate(const Dataset& dataset) const {
  return evaluate_state(*state_, dataset, nullptr);
}

std::optional<std::string> Model::warning(const Dataset& dataset) const {
  return data::range_warning(state_->inputs, *DatasetInternals::table(dataset),
                             state_->preparation.get());
}

Result<Rows> Model::read_rows(const std::string& path, const RowsOptions& options) const {
  FORKNET_ASSIGN(const data::Format* format, data::sniff_format(path));
  // Data that does not fit in memory goes to an unnamed file, as in training.
  data::TableCache cache(DataCache::automatic, "", os::available_memory_bytes());
  FORKNET_ASSIGN(auto rows, format->rows({path,
                                          options.labels,
                                          options.targets,
                                          options.keep,
                                          state_->preparation.get(),
                                          state_->plan.classifies(),
                                          inputs(),
                                          outputs(),
                                          options.invert,
                                          {options.threads, options.on_reading, &cache}}));
  Rows read{Dataset(std::move(rows.table)), std::move(rows.kept_names), std::move(rows.kept),
            std::move(rows.warnings)};
  FORKNET_TRY(check_inputs(*state_, read.dataset));
  read.warnings.insert(read.warnings.end(), cache.notes().begin(), cache.notes().end());
  if (auto odd = warning(read.dataset)) read.warnings.push_back(std::move(*odd));
  return read;
}

std::vector<std::string> Model::class_names() const {
  return state_->preparation ? state_->preparation->classes : std::vector<std::string>();
}

std::vector<std::string> Model::target_names() const {
  std::vector<std::string> names;
  if (!state_->preparation) return names;
  for (const data::TargetColumn& target : state_->preparation->targets)
    names.push_back(target.name);
  return names;
}

}  // namespace forknet
