#include "train/summary.h"

#include <nlohmann/json.hpp>

#include "os/file.h"
#include "settings/enum_names.h"
#include "settings/layout.h"
#include "state/evaluation_json.h"

namespace forknet::run {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kMostSummary = std::size_t{1} << 24;

// {"loss":…,"accuracy":…}: without the number of rows, which is a property of the data.
ordered_json figures(const Evaluation& evaluation) {
  ordered_json object = to_json(evaluation);
  object.erase("rows");
  return object;
}

ordered_json figures(const std::optional<Evaluation>& evaluation) {
  return evaluation ? figures(*evaluation) : ordered_json(nullptr);
}

// JSON on one line. A name that is not UTF-8 must not end the program.
std::string line_of(const ordered_json& object) {
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace

std::string_view state_name(TrainResult::State state) {
  switch (state) {
    case TrainResult::State::finished:
      return "finished";
    case TrainResult::State::stopped:
      return "stopped";
    case TrainResult::State::diverged:
      return "diverged";
  }
  return "";
}

ordered_json layout_json(const GridConfig& grid, std::int64_t threads_total) {
  const auto threads =
      grid.threads == GridConfig::kNeurons ? ordered_json("neurons") : ordered_json(grid.threads);
  return {{"stages", grid.stages},
          {"replicas", grid.replicas},
          {"threads", threads},
          {"host", word_of(grid.host)},
          {"channel", grid.channel},
          {"sync", word_of(grid.sync)},
          {"models", grid.models},
          {"microbatches", grid.microbatches},
          {"schedule", word_of(grid.schedule)},
          {"processes", processes_of(grid)},
          {"threads_total", threads_total}};
}

std::string summary_json(const std::string& run, const TrainResult& result) {
  ordered_json object = {{"run", run},
                         {"state", state_name(result.state)},
                         {"steps", result.steps},
                         {"epochs", result.epochs},
                         {"train", figures(result.train)},
                         {"validation", figures(result.validation)},
                         {"test", figures(result.test)},
                         {"wall_seconds", result.wall_seconds},
                         {"train_seconds", result.train_seconds},
                         {"samples_per_second", result.samples_per_second},
                         {"weights_digest", result.weights_digest},
                         {"model_digest", result.model.digest()},
                         {"layout", layout_json(result.grid, result.threads_total)},
                         {"faults",
                          {{"cell_deaths", result.faults.cell_deaths},
                           {"redone_steps", result.faults.redone_steps},
                           {"restarts", result.faults.restarts}}},
                         {"parameters", result.model.parameters()}};
  if (result.best) {
    object["best"] = {{"metric", result.best->metric},
                      {"value", result.best->value},
                      {"epoch", result.best->epoch},
                      {"step", result.best->step}};
  }
  if (result.out_of_time) object["ended_by"] = kOutOfTime;
  if (result.accurate) object["ended_by"] = kAccurate;
  if (result.state == TrainResult::State::finished) {
    object["constant_loss"] = result.constant_loss;
    object["worse_than_constant"] = result.worse_than_constant;
  }
  return line_of(object);
}

std::string failure_json(const std::string& run, const Error& error) {
  const ordered_json object = {
      {"run", run},
      {"state", error.kind == ErrorKind::stopped ? "stopped" : "failed"},
      {"error", {{"exit_code", static_cast<int>(error.kind)}, {"message", error.message}}}};
  return line_of(object);
}

std::optional<Error> read_failure(const os::FilePath& path) {
  const auto text = os::read_file(path, kMostSummary);
  const auto object = text.ok() ? ordered_json::parse(*text, nullptr, false) : ordered_json();
  if (!object.is_object() || object.value("state", ordered_json()) != "failed") return std::nullopt;
  const ordered_json error = object.value("error", ordered_json::object());
  if (!error.is_object()) return std::nullopt;
  const auto code = error.value("exit_code", ordered_json());
  const auto message = error.value("message", ordered_json());
  if (!code.is_number_integer() || !message.is_string()) return std::nullopt;
  const auto kind = code.get<std::int64_t>();
  const bool known = kind >= static_cast<int>(ErrorKind::internal) &&
                     kind <= static_cast<int>(ErrorKind::comparison);
  return Error{known ? static_cast<ErrorKind>(kind) : ErrorKind::internal,
               message.get<std::string>()};
}

std::string metrics_json(const std::string& run, const Metrics& metrics) {
  ordered_json object = {{"run", run},
                         {"step", metrics.step},
                         {"steps", metrics.steps},
                         {"epoch", metrics.epoch},
                         {"loss", metrics.loss}};
  if (metrics.accuracy) object["accuracy"] = *metrics.accuracy;
  object["learning_rate"] = metrics.learning_rate;
  object["samples_per_second"] = metrics.samples_per_second;
  if (metrics.validation) object["validation"] = figures(metrics.validation);
  return line_of(object);
}

std::string dropped_json(const std::string& run, std::uint64_t lines) {
  return line_of({{"run", run}, {"dropped", lines}});
}

}  // namespace forknet::run
