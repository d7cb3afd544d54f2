#include "settings/rules.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "base/checked.h"
#include "base/nearest.h"
#include "data/formats/format.h"
#include "nn/layers/list.h"
#include "nn/losses/list.h"
#include "nn/schedules/list.h"
#include "settings/enum_names.h"
#include "settings/model_size.h"
#include "settings/presets.h"
#include "settings/schema.h"

namespace forknet::run {
namespace {

using MaybeViolation = std::optional<Violation>;

Violation broken(std::string path, std::string message, std::string hint = "") {
  return {std::move(path), {std::move(message), std::move(hint), {}}};
}

std::string layer_path(std::size_t index, std::string_view key) {
  return "model.layers[" + std::to_string(index) + "]" +
         (key.empty() ? "" : "." + std::string(key));
}

// Its name and settings have been checked with the table of settings.
nn::LossPointer loss_of(const ModelConfig& model) {
  return nn::make_loss(model.loss, model.settings).value();
}

MaybeViolation check_run(const RunConfig& run) {
  const bool plain = std::all_of(run.name.begin(), run.name.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != '/' && c != 0x7F;
  });
  const bool fits = !run.name.empty() && run.name.size() <= 100;
  if (!plain || !fits || run.name == "latest" || run.name.front() == '.' ||
      run.name.front() == '-') {
    return broken(
        "run.name", "run.name = " + in_quotes(run.name) + " cannot name a folder",
        "up to 100 letters without spaces and slashes, not \"latest\", not starting with . or -");
  }
  if (run.dir.empty() || run.dir.find('\0') != std::string::npos) {
    return broken("run.dir", "run.dir = " + in_quotes(run.dir) + " is not a folder's name");
  }
  return std::nullopt;
}

// Whether the labels are where the format has them.
MaybeViolation check_labels(std::string_view path, const DataSource& source,
                            const data::Format& format) {
  using data::LabelPlace;
  if (format.labels == LabelPlace::in_a_file && !source.inputs.empty() && source.labels.empty()) {
    return broken(std::string(path), std::string(path) + " has no labels",
                  std::string(format.labels_hint));
  }
  if (format.labels == LabelPlace::inside && !source.labels.empty()) {
    return broken(std::string(path),
                  std::string(path) + " has labels, but data.format is " +
                      in_quotes(std::string(format.name)),
                  std::string(format.labels_hint));
  }
  return std::nullopt;
}

MaybeViolation check_format(std::string_view path, const DataSource& source,
                            const data::Format& format) {
  const bool has_rows = !source.input_rows.empty();
  const bool has_files = !source.inputs.empty();
  if (int{has_rows} + int{has_files} + int{source.share != 0.0} > 1) {
    return broken(std::string(path),
                  std::string(path) + " is more than one of files, rows and share");
  }
  const std::string name(format.name);
  if (format.has_files() && has_rows) {
    return broken(std::string(path),
                  std::string(path) + " is rows, but data.format is " + in_quotes(name),
                  "rows in the config need data.format = \"arrays\"");
  }
  if (!format.has_files() && has_files) {
    return broken(std::string(path),
                  std::string(path) + " is files, but data.format is " + in_quotes(name),
                  "files as of MNIST need data.format = \"idx\"");
  }
  return check_labels(path, source, format);
}

// Checks that rows in the config fit the model and the rows of train.
MaybeViolation check_rows(const std::string& path, const DataSource& source, const Config& config,
                          std::size_t outputs) {
  if (source.input_rows.empty() || outputs == 0) return std::nullopt;
  const std::size_t width = source.input_rows.front().size();
  const auto& train = config.data.train.input_rows;
  if (!train.empty() && width != train.front().size()) {
    return broken(path + ".inputs", path + ".inputs has rows of " + std::to_string(width) +
                                        " numbers, data.train.inputs of " +
                                        std::to_string(train.front().size()));
  }
  const std::size_t targets = source.target_rows.front().size();
  const nn::LossPointer loss = loss_of(config.model);
  if (!loss->classifies()) {
    if (targets == outputs) return std::nullopt;
    return broken(path, path + " has " + std::to_string(targets) +
                            " target(s) a row; the last layer has " + std::to_string(outputs) +
                            " units");
  }
  for (const auto& row : source.target_rows) {
    const double label = row.front();
    if (row.size() != 1 || label != std::floor(label) || label < 0 ||
        label >= static_cast<double>(outputs)) {
      return broken(
          path,
          path + " has a row whose target is not one class from 0 to " +
              std::to_string(outputs - 1),
          std::string(loss->name()) + " learns classes, one for each unit of the last layer");
    }
  }
  return std::nullopt;
}

MaybeViolation check_augment(const Config& config) {
  const auto& keys = data::format_of(config.data.format).keys;
  if (config.data.augment.any() && config.data.scale == Scale::robust) {
    return broken("data.augment",
                  "data.augment varies pictures, and data.scale = \"robust\" is for columns",
                  "\"unit\" scales pictures");
  }
  if (!config.data.augment.any() || std::find(keys.begin(), keys.end(), "augment") != keys.end()) {
    return std::nullopt;
  }
  return broken("data.augment",
                "data.augment varies pictures; rows of data.format = " +
                    in_quotes(config.data.format) + " have no shape of pictures",
                "pictures are read with data.format = \"idx\", \"npy\" or \"images\"");
}

// Keys of another format have no effect, so they are a mistake.
MaybeViolation check_format_keys(const Config& config) {
  const Config untouched;
  const std::vector<std::string_view>& own = data::format_of(config.data.format).keys;
  for (const data::Format& format : data::formats()) {
    if (format.name == config.data.format) continue;
    for (const std::string_view name : format.keys) {
      if (std::find(own.begin(), own.end(), name) != own.end()) continue;
      const std::string path = "data." + std::string(name);
      const Key* key = find_key(path);
      if (same(key->accessor.get(config), key->accessor.get(untouched))) continue;
      return broken(path,
                    path + " = " + printable(to_toml(key->accessor.get(config))) +
                        " belongs to data.format = " + in_quotes(std::string(format.name)),
                    "data.format is " + in_quotes(config.data.format));
    }
  }
  const std::string& delimiter = config.data.table.delimiter;
  const bool one = delimiter.size() == 1 && delimiter.find_first_of("\"\n\r") == std::string::npos;
  if (delimiter == "auto" || delimiter == "tab" || one) return std::nullopt;
  return broken("data.delimiter",
                "data.delimiter = " + in_quotes(delimiter) + " is not a delimiter",
                "one character such as \";\", or \"tab\", or \"auto\"");
}

// Targets of a loss that takes only some numbers stay as they are.
MaybeViolation check_target_scale(const Config& config) {
  const nn::LossPointer loss = loss_of(config.model);
  if (config.data.target_scale != TargetScale::standard || !loss->target_range()) {
    return std::nullopt;
  }
  return broken("data.target_scale",
                "data.target_scale = \"standard\" does not go with the loss " +
                    std::string(loss->name()) + ", which takes targets as they are",
                "leave data.target_scale out: \"auto\" means \"none\" for this loss");
}

MaybeViolation check_data(const Config& config, std::size_t outputs) {
  if (auto violation = check_target_scale(config)) return violation;
  if (auto violation = check_augment(config)) return violation;
  const data::Format& format = data::format_of(config.data.format);
  if (auto violation = check_format_keys(config)) return violation;
  const std::pair<const char*, const DataSource*> sources[] = {
      {"data.train", &config.data.train},
      {"data.test", &config.data.test},
      {"data.validation", &config.data.validation}};
  for (const auto& [path, source] : sources) {
    if (auto violation = check_format(path, *source, format)) return violation;
    if (auto violation = check_rows(path, *source, config, outputs)) return violation;
  }
  if (config.data.test.share + config.data.validation.share >= 1.0) {
    return broken("data.validation", "data.test and data.validation leave no rows to train on",
                  "their shares must add up to less than 1");
  }
  return std::nullopt;
}

// Rows of a batch, one for each sample and member, are counted in 32 bits.
MaybeViolation check_members(const Config& config) {
  const std::int64_t members = config.model.members;
  if (members == 1) return std::nullopt;
  if (config.train.batch > std::numeric_limits<std::int32_t>::max() / members) {
    return broken("train.batch",
                  "train.batch = " + std::to_string(config.train.batch) + " is too large for " +
                      std::to_string(members) + " members: a batch has a row for each of them",
                  "take a smaller batch, or fewer members (model.members)");
  }
  if (config.grid.threads != GridConfig::kNeurons) return std::nullopt;
  return broken("grid.threads",
                "grid.threads = \"neurons\" does not go with model.members = " +
                    std::to_string(members) + ": a unit of several members is no single neuron",
                "take a number of threads, or members = 1");
}

MaybeViolation check_size(const Config& config) {
  const auto& rows = config.data.train.input_rows;
  const ModelSize size = model_size(config, rows.empty() ? 1 : rows.front().size());
  if (size.too_large_at) {
    const bool wraps = size.bytes == std::numeric_limits<std::size_t>::max();
    return broken(layer_path(*size.too_large_at, "units"),
                  "the model needs " + std::string(wraps ? "more than " : "at least ") +
                      std::to_string(size.bytes) + " bytes (" + bytes_text(size.bytes) + ")",
                  "for weights, gradients and " + config.optimizer.type +
                      "'s state; the limit is " + std::to_string(kMostModelBytes) +
                      " bytes (1 TiB)");
  }
  const std::int64_t widest = size.widest;
  const std::size_t number_bytes = config.numerics.precision == Precision::fp64 ? 8 : 4;
  const std::int64_t batch_rows = config.train.batch * config.model.members;  // see check_members()
  const auto numbers =
      checked_multiply(static_cast<std::size_t>(batch_rows), static_cast<std::size_t>(widest));
  const auto bytes = numbers ? checked_multiply(*numbers, number_bytes) : numbers;
  if (bytes && *bytes <= kMostModelBytes) return std::nullopt;
  return broken(
      "train.batch",
      "a batch of " + std::to_string(config.train.batch) +
          (config.model.members > 1 ? " for " + std::to_string(config.model.members) + " members"
                                    : "") +
          " in a layer of " + std::to_string(widest) + " units needs " +
          (bytes ? std::to_string(*bytes) + " bytes (" + bytes_text(*bytes) + ")"
                 : "more bytes than can be counted"),
      "the limit is " + std::to_string(kMostModelBytes) + " bytes (1 TiB)");
}

// Of the last layer; 0: the data will say.
std::size_t outputs_of(const ModelConfig& model) {
  const LayerConfig& last = model.layers.back();
  const SettingValue* const outputs =
      last.settings.find(nn::find_layer(last.type)->traits().outputs);
  return outputs == nullptr ? 0 : static_cast<std::size_t>(*outputs->as<std::int64_t>());
}

// Settings that a program gave to parts; those of a file were looked up when it was read.
MaybeViolation check_settings(const ModelConfig& model) {
  for (const auto& [name, value] : model.settings.all()) {
    const std::string path = "model." + name;
    const Key* const key = find_key(path);
    if (key != nullptr && key->built()) continue;
    return broken(path, path + " is not a setting of any loss",
                  "the losses are " + nn::loss_names());
  }
  return std::nullopt;
}

MaybeViolation check_model(const ModelConfig& model) {
  const std::size_t last = model.layers.size() - 1;
  const std::string_view outputs = nn::find_layer(model.layers[last].type)->traits().outputs;
  if (outputs.empty()) {
    return broken(layer_path(last, ""), "the last layer is " + model.layers[last].type +
                                            "; expected dense: its units are the outputs");
  }
  if (auto violation = check_settings(model)) return violation;
  // Activations are checked when the model is laid out (nn/model_plan.h).
  const auto fault = loss_of(model)->fault_of({outputs_of(model)});
  if (fault && fault->key == "units") {
    return broken(layer_path(last, outputs), fault->message, fault->hint);
  }
  return std::nullopt;
}

// A C++ program may have set what no optimizer and no schedule declares.
MaybeViolation check_optimizer_settings(const OptimizerConfig& optimizer) {
  const std::vector<std::string_view> others = {"type",         "lr",           "schedule",
                                                "warmup_steps", "decay_biases", "decay_norms"};
  for (const auto& [name, value] : optimizer.settings.all()) {
    const std::string path = "optimizer." + name;
    const Key* const key = find_key(path);
    const bool other = std::find(others.begin(), others.end(), name) != others.end();
    if (key != nullptr && key->built() && !other) continue;
    return broken(
        path, "optimizer.settings: there is no setting " + in_quotes(name),
        other ? "it is a member of OptimizerConfig" : did_you_mean(name, key_names("optimizer")));
  }
  return std::nullopt;
}

MaybeViolation check_training(const Config& config) {
  if (config.train.leaf > config.train.batch) {
    return broken("train.leaf", "train.leaf = " + std::to_string(config.train.leaf) +
                                    " is more than the batch of " +
                                    std::to_string(config.train.batch));
  }
  const bool validates = !config.data.validation.absent();
  if (config.train.early_stop_patience > 0 && !validates && !config.data.train.absent()) {
    return broken("train.early_stop_patience",
                  "early stopping watches the validation loss, but there is no validation data",
                  "set data.validation = 0.1 (a share of train) or a table of files");
  }
  const bool names_metric = config.checkpoint.best.starts_with("validation/");
  if (names_metric && !validates && !config.data.train.absent()) {
    return broken(
        "checkpoint.best",
        "checkpoint.best = \"" + config.checkpoint.best + "\", but there is no validation data",
        "set data.validation = 0.1 (a share of train) or a table of files");
  }
  if (nn::find_schedule(config.optimizer.schedule)->kind->follows_validation() && !validates &&
      !config.data.train.absent()) {
    return broken("optimizer.schedule",
                  "the schedule " + in_quotes(config.optimizer.schedule) +
                      " follows the validation loss, but there is no validation data",
                  "set data.validation = 0.1 (a share of train) or a table of files");
  }
  if (config.train.max_seconds > 0 && config.grid.sync == Sync::average &&
      config.grid.average_every == GridConfig::kEnd) {
    return broken(
        "train.max_seconds",
        "train.max_seconds = " + std::to_string(config.train.max_seconds) +
            ", but grid.average_every = \"end\" averages the models after the last step only",
        "average more often, or set train.max_steps");
  }
  return std::nullopt;
}

// Models that train apart.
MaybeViolation check_workers(const GridConfig& grid) {
  const std::int64_t models = grid.models > 0 ? grid.models : grid.replicas;
  if (grid.replicas <= models) return std::nullopt;
  return broken("grid.replicas",
                "grid.replicas = " + std::to_string(grid.replicas) + " workers, but only " +
                    std::to_string(models) + " model(s) to train (grid.models)",
                "a worker trains one model at a time: ask for fewer workers, or for more models, "
                "which changes the result");
}

}  // namespace

MaybeViolation check_grid(const Config& config) {
  const std::int64_t replicas = config.grid.replicas;
  const std::int64_t most_slices = most_stages(config.model);
  if (config.grid.stages > most_slices) {
    return broken("grid.stages",
                  "grid.stages = " + std::to_string(config.grid.stages) +
                      ", but the model has only " + std::to_string(most_slices) +
                      " layers that a stage can begin with",
                  "a stage takes whole layers: ask for fewer stages, or \"layers\" for one each");
  }
  if (config.grid.sync == Sync::average) return check_workers(config.grid);
  const std::int64_t most = most_replicas(config.train);
  if (replicas <= most) return std::nullopt;
  return broken("grid.replicas",
                "grid.replicas = " + std::to_string(replicas) + ", but a batch of " +
                    std::to_string(config.train.batch) + " has only " + std::to_string(most) +
                    " leaves",
                "a replica takes whole leaves: ask for fewer replicas, or for smaller leaves "
                "(train.leaf), which changes the last bits of the weights");
}

std::optional<Violation> check_rules(const Config& config) {
  if (auto violation = check_run(config.run)) return violation;
  if (auto violation = check_model(config.model)) return violation;
  if (auto violation = check_data(config, outputs_of(config.model))) return violation;
  if (auto violation = check_optimizer_settings(config.optimizer)) return violation;
  if (auto violation = check_members(config)) return violation;
  if (auto violation = check_size(config)) return violation;
  if (auto violation = check_grid(config)) return violation;
  return check_training(config);
}

}  // namespace forknet::run
