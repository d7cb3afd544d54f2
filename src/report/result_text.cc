#include "report/result_text.h"

#include <fmt/format.h>

#include "base/printable.h"
#include "nn/metrics/list.h"
#include "report/cells_text.h"
#include "report/text.h"
#include "settings/layout.h"
#include "train/summary.h"
#include "wire/transports.h"

namespace forknet::report {

std::string layout_text(const GridConfig& grid) {
  std::string text;
  if (grid.stages > 1) text = fmt::format("{} stages", grid.stages);
  if (grid.sync == Sync::average) {
    text = fmt::format("{} model{} that train apart, {} worker{}{}{}", grid.models,
                       grid.models == 1 ? "" : "s", grid.replicas, grid.replicas == 1 ? "" : "s",
                       text.empty() ? "" : " of ", text);
  } else if (grid.replicas > 1) {
    text += fmt::format("{}{} replicas", text.empty() ? "" : " x ", grid.replicas);
  }
  if (text.empty()) text = "one cell";
  if (grid.threads == GridConfig::kNeurons) text += " of one thread per neuron";
  if (grid.threads > 1) text += fmt::format(" of {} threads", grid.threads);
  if (grid.stages * grid.replicas == 1 && grid.sync == Sync::step) return text;
  if (grid.host == Host::process) text += ", in processes";
  if (!wire::transport_for(grid.channel).shares_memory()) text += ", behind " + grid.channel + "s";
  return text;
}

std::string holds_for(const GridConfig& grid) {
  if (grid.sync != Sync::average) return "the same for every layout and CPU";
  return fmt::format("the same for {} model{} in every layout and on every CPU", grid.models,
                     grid.models == 1 ? "" : "s");
}

std::string metric_text(const nn::MetricEntry& metric, double value) {
  return fmt::format("{} {}", metric.name, metric.is_share ? percent(value) : figure(value));
}

std::string evaluation_text(const Evaluation& evaluation) {
  std::string text;
  for (const nn::MetricEntry& metric : nn::metrics()) {
    const auto value = evaluation.value(metric.name);
    if (!value) continue;
    text += (text.empty() ? "" : "  ") + metric_text(metric, *value);
  }
  return text;
}

std::string result_text(const std::string& run, const std::string& folder,
                        const TrainResult& result) {
  std::string text =
      fmt::format("{} run {} ({} epoch{}, {} steps, {} of training, {} samples/s)\n",
                  run::state_name(result.state), printable(run, 200), result.epochs,
                  result.epochs == 1 ? "" : "s", result.steps, duration(result.train_seconds),
                  grouped_rate(result.samples_per_second));
  const auto line = [&](const char* name, const std::string& value) {
    text += fmt::format("  {:<11} {}\n", name, value);
  };
  line("train", evaluation_text(result.train));
  if (result.validation) line("validation", evaluation_text(*result.validation));
  if (result.test) line("test", evaluation_text(*result.test));
  if (result.best) {
    line("model", fmt::format("epoch {} of {}, the best by {} ({})", result.best->epoch,
                              result.epochs, result.best->metric, figure(result.best->value)));
  }
  line("weights", result.weights_digest + " (" + holds_for(result.grid) + ")");
  line("folder", printable_lines(folder));
  if (result.threads_total > 1) {
    text += cells_text(result.cells) + advice_text(result.cells);
  }
  if (result.state == TrainResult::State::stopped || result.out_of_time)
    line("continue",
         "forknet train --resume " + printable_lines(folder == "runs/" + run ? run : folder));
  return text;
}

}  // namespace forknet::report
