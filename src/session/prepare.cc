#include "session/prepare.h"

#include <fmt/format.h>

#include <utility>

#include "base/clock.h"
#include "base/try.h"
#include "data/dataset_internals.h"
#include "nn/inits/list.h"
#include "nn/layers/list.h"
#include "nn/losses/list.h"
#include "nn/metrics/list.h"
#include "nn/optimizer.h"
#include "os/cpu.h"
#include "os/environment.h"
#include "session/data_cache.h"
#include "session/kept_sets.h"
#include "session/settle_codes.h"
#include "session/worker_trial.h"
#include "settings/averaging.h"
#include "settings/layout.h"
#include "settings/presets.h"
#include "train/check_codes.h"
#include "train/check_targets.h"
#include "train/class_weights.h"
#include "train/evaluator.h"
#include "train/run_steps.h"
#include "train/trainer.h"

namespace forknet::run {
namespace {

Status check_view(const data::View& view, const nn::ModelPlan& plan) {
  if (view.table->shape.features != plan.inputs) {
    return Error{ErrorKind::data,
                 fmt::format("{}: has {} numbers a row, the training data has {}",
                             view.table->inputs_name, view.table->shape.features, plan.inputs)};
  }
  return check_targets(*view.table, plan);
}

// Checks that need the data.
Status check_settings(const Config& config, const data::DataSets& data) {
  const bool validates = data.validation.has_value();
  if (config.train.early_stop_patience > 0 && !validates) {
    return Error{
        ErrorKind::config,
        "train.early_stop_patience: early stopping needs data.validation (a share like 0.1, "
        "or files)"};
  }
  if (config.checkpoint.best.starts_with("validation/") && !validates) {
    return Error{
        ErrorKind::config,
        "checkpoint.best: keeping the best model needs data.validation (a share like 0.1, or "
        "files)"};
  }
  if (nn::Optimizer(config.optimizer).follows_validation() && !validates) {
    return Error{
        ErrorKind::config,
        fmt::format("optimizer.schedule = \"{}\": needs data.validation (a share like 0.1, "
                    "or files)",
                    config.optimizer.schedule)};
  }
  const auto rows = static_cast<std::int64_t>(data.train.size());
  if (averages(config.grid) && models_of(config.grid) > rows) {
    return Error{ErrorKind::config,
                 fmt::format("grid.models = {}, but there are only {} training rows to share out",
                             models_of(config.grid), rows)};
  }
  return {};
}

// Rows and loss decide whether there is such a metric.
Status check_best(const Config& config, const data::DataSets& sets, const nn::ModelPlan& plan) {
  const std::string& best = config.checkpoint.best;
  const auto* const metric = nn::find_metric(best.substr(best.find('/') + 1));
  if (metric == nullptr || !sets.validation || has_metric(*metric, plan, *sets.validation)) {
    return {};
  }
  return Error{ErrorKind::config,
               fmt::format("checkpoint.best = \"{}\": with {} {}; use \"validation/loss\"", best,
                           plan.loss->name(), metric->condition)};
}

// Rows from a program are split by shares; files or rows in the config would be ignored.
Status check_only_shares(const DataConfig& data) {
  for (const auto& [name, source] :
       {std::pair{"data.validation", &data.validation}, std::pair{"data.test", &data.test}}) {
    if (source->absent() || source->share > 0) continue;
    return Error{
        ErrorKind::config,
        fmt::format("{}: must be a share, because the training rows come from the program\n"
                    "  for rows of its own: Model::evaluate",
                    name)};
  }
  return {};
}

// Absent units of the last layer become the number of classes or targets.
void settle_units(ModelConfig& model, const data::TableShape& shape) {
  LayerConfig& last = model.layers.back();
  const nn::LayerKind* const kind = nn::find_layer(last.type);
  if (kind == nullptr || kind->traits().outputs.empty()) return;
  const SettingValue* const given = last.settings.find(kind->traits().outputs);
  if (given != nullptr && !(*given == SettingValue(0))) return;
  last.settings.set(kind->traits().outputs, shape.outputs != 0 ? shape.outputs : shape.classes);
}

// model.init = "auto" depends on the targets: classes (with any loss) or numbers.
void settle_init(ModelConfig& model, const data::TableShape& shape) {
  model.init = nn::chosen_init(model.init, shape.labelled);
}

constexpr const char* kAsNumbers =
    "; data.task = \"regress\" takes numbers as they are, with one unit";

// For labels that are numbers; check_labels refuses labels without a unit.
void warn_of_units(const data::DataSets& sets, const nn::ModelPlan& plan,
                   std::vector<std::string>& warnings) {
  const data::Table& train = *sets.train.table;
  if (!train.shape.labelled || plan.outputs <= train.shape.classes) return;
  warnings.push_back(
      fmt::format("warning: model.layers: the last layer has {} units, but the labels of {} go "
                  "from 0 to {}",
                  plan.outputs, train.labels_name, train.shape.classes - 1));
}

// For tables and pictures, whose classes have names.
Status check_classes(const data::DataSets& sets, const nn::ModelPlan& plan,
                     std::vector<std::string>& warnings) {
  if (!sets.preparation || sets.preparation->classes.empty()) {
    warn_of_units(sets, plan, warnings);
    return {};
  }
  const std::size_t classes = sets.preparation->classes.size();
  const std::string counts =
      fmt::format("the last layer has {} units, but {} has {} classes{}", plan.outputs,
                  sets.train.table->inputs_name, classes,
                  sets.preparation->targets.empty()
                      ? ""
                      : fmt::format(" in column \"{}\"", sets.preparation->targets[0].name));
  if (plan.outputs < classes) {
    return Error{ErrorKind::config,
                 "model.layers: " + counts +
                     "\n  without units the layer has as many as there are classes" +
                     (plan.classifies() ? "" : kAsNumbers)};
  }
  if (plan.outputs > classes) warnings.push_back("warning: model.layers: " + counts);
  return {};
}

// Also leaves codes unscaled.
Status check_views(data::DataSets& sets, const nn::ModelPlan& plan) {
  for (data::View* view : {&sets.train, sets.validation ? &*sets.validation : nullptr,
                           sets.test ? &*sets.test : nullptr}) {
    if (view == nullptr) continue;
    FORKNET_TRY(check_view(*view, plan));
    const bool known = view != &sets.train && view->table == sets.train.table;
    if (!known) FORKNET_TRY(check_codes(*view->table, plan, sets.preparation.get()));
    leave_codes(plan, view->scaling);
  }
  return {};
}

Result<Prepared> complete(Config config, data::DataSets sets) {
  FORKNET_TRY(check_settings(config, sets));
  settle_units(config.model, sets.train.table->shape);
  settle_init(config.model, sets.train.table->shape);
  FORKNET_TRY(settle_codes(config.model, sets));
  FORKNET_ASSIGN(auto plan, nn::plan_model(config.model, sets.train.table->shape.features));
  FORKNET_TRY(check_classes(sets, plan, sets.warnings));
  FORKNET_TRY(check_views(sets, plan));
  FORKNET_TRY(check_best(config, sets, plan));
  FORKNET_ASSIGN(sets.train.class_weights,
                 class_weights(config.model.class_weight, sets, plan.outputs));
  FORKNET_ASSIGN(const auto target, choose_target(config.numerics));
  return Prepared{std::move(config), std::move(sets), std::move(plan), target, {}};
}

template <class T>
Result<TrainResult> train_in(const TrainJob& job) {
  FORKNET_ASSIGN(const auto trainer, Trainer<T>::create(job));
  auto result = trainer->run();
  trainer->write_trace();
  return result;
}

}  // namespace

Result<Prepared> prepare(const Config& given, const data::ReadingProgress& progress,
                         const std::string& runs) {
  FORKNET_ASSIGN(const auto loss, nn::make_loss(given.model.loss, given.model.settings));
  Config config = given;
  if (loss->target_range() && config.data.target_scale == TargetScale::automatic) {
    config.data.target_scale = TargetScale::none;
  }
  data::TableCache cache = table_cache(config.data, runs, progress);
  FORKNET_ASSIGN(auto opened, open_kept(config, loss->classifies(),
                                        {data::reading_threads(config.data), progress, &cache}));
  FORKNET_ASSIGN(auto sets,
                 data::make_sets(std::move(opened), config.data, config.run.seed, &cache));
  return complete(given, std::move(sets));
}

Result<Prepared> prepare(const Config& config, const Dataset& data) {
  FORKNET_TRY(check_only_shares(config.data));
  FORKNET_ASSIGN(auto sets,
                 data::make_sets({DatasetInternals::table(data)}, config.data, config.run.seed));
  return complete(config, std::move(sets));
}

Result<math::Target> choose_target(const NumericsConfig& numerics) {
  if (numerics.kernels == KernelChoice::reference) return math::Target::reference;
  const auto wanted = os::environment("FORKNET_TARGET");
  if (!wanted || wanted->empty()) return math::best_target();
  std::string names;
  for (const math::Target target : math::available_targets()) {
    if (math::target_name(target) == *wanted) return target;
    names.append(names.empty() ? "" : ", ").append(math::target_name(target));
  }
  return Error{ErrorKind::config,
               fmt::format("FORKNET_TARGET=\"{}\": this CPU and build have: {}", *wanted, names)};
}

void show_warnings(const Prepared& prepared, const TrainOptions& options) {
  if (!options.on_note) return;
  for (const std::string& warning : prepared.data.warnings) options.on_note(warning);
  for (const std::string& note : prepared.notes) options.on_note(note);
}

Result<cell::GridPlan> layout_of(const Prepared& prepared) {
  return layout_of(prepared.config.grid, prepared.plan,
                   sampler_for(prepared.config, prepared.data.train).batch());
}

std::uint64_t planned_steps(const Prepared& prepared) {
  return steps_of(prepared.config.train, sampler_for(prepared.config, prepared.data.train));
}

Status check_until(const Prepared& prepared, const TrainOptions& options) {
  if (!options.until_accuracy || prepared.data.validation || prepared.data.test) return {};
  return Error{
      ErrorKind::config,
      "--until accuracy: there are no rows to measure it on\n"
      "  set data.validation or data.test: files, or a share of the training rows such as 0.1"};
}

Result<TrainResult> train_prepared(const Prepared& prepared, const TrainOptions& options,
                                   Recorder* recorder, const Start& start) {
  FORKNET_TRY(check_until(prepared, options));
  const std::int64_t begun = monotonic_ns();
  const TrainJob job{prepared.config, prepared.data, prepared.plan, prepared.target,
                     options,         recorder,      start.resume,  start.init,
                     start.live,      start.orders,  start.rates};
  const bool wide = prepared.config.numerics.precision == Precision::fp64;
  FORKNET_ASSIGN(auto result, wide ? train_in<double>(job) : train_in<float>(job));
  result.wall_seconds = seconds_between(begun, monotonic_ns());
  return result;
}

namespace {

// A program's config, checked, with the settings of its preset.
Result<Config> laid_out(const Config& config, const TrainOptions& options) {
  FORKNET_TRY(validate(config));
  std::vector<std::string> notes;
  Config laid_out = with_preset(config, os::cpu_budget(), notes);
  FORKNET_TRY(validate(laid_out));
  for (std::string& note : average_notes(laid_out)) notes.push_back(std::move(note));
  settle_average(laid_out);
  for (const std::string& note : notes) {
    if (options.on_note) options.on_note(note);
  }
  return laid_out;
}

}  // namespace
}  // namespace forknet::run

namespace forknet {

Result<TrainResult> train(const Config& config, const TrainOptions& options) {
  FORKNET_ASSIGN(const Config laid_out, run::laid_out(config, options));
  FORKNET_ASSIGN(auto prepared, run::prepare(laid_out, options.on_reading));
  run::choose_workers(prepared, os::cpu_budget());
  run::show_warnings(prepared, options);
  return run::train_prepared(prepared, options, nullptr, {});
}

Result<TrainResult> train(const Config& config, const Dataset& data, const TrainOptions& options) {
  FORKNET_ASSIGN(const Config laid_out, run::laid_out(config, options));
  FORKNET_ASSIGN(auto prepared, run::prepare(laid_out, data));
  run::choose_workers(prepared, os::cpu_budget());
  run::show_warnings(prepared, options);
  return run::train_prepared(prepared, options, nullptr, {});
}

}  // namespace forknet
