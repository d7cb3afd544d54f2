#include "sweep/result/sweep_json.h"

#include <nlohmann/json.hpp>

#include "os/file.h"

namespace forknet::sweep {
namespace {

using nlohmann::ordered_json;

ordered_json spread_json(const std::optional<Spread>& spread) {
  if (!spread) return nullptr;
  return {{"runs", spread->runs},     {"mean", spread->mean},   {"deviation", spread->deviation},
          {"median", spread->median}, {"least", spread->least}, {"most", spread->most}};
}

// The figures of each set: {"accuracy":…,"loss":…}, or null.
ordered_json figures_json(const Outcome& outcome, const std::string& set) {
  ordered_json figures = ordered_json::object();
  for (const auto& [name, value] : outcome.figures) {
    if (name.starts_with(set + "/")) figures[name.substr(set.size() + 1)] = value;
  }
  return figures.empty() ? ordered_json(nullptr) : figures;
}

ordered_json run_json(const Standing& standing, const Plan& plan) {
  const Trial& trial = standing.trial;
  ordered_json run = {{"run", trial.folder.empty() ? ordered_json(nullptr)
                                                   : ordered_json(os::name_of(trial.folder))}};
  if (!trial.fault) run["seed"] = trial.seed;
  if (!standing.outcome) {
    run["state"] = "waits";
    return run;
  }
  const Outcome& outcome = *standing.outcome;
  run["state"] = state_word(outcome.state);
  if (outcome.error) {
    run["error"] = {{"exit_code", outcome.exit_code}, {"message", outcome.error->message}};
  }
  if (outcome.weights_digest.empty()) return run;
  run["steps"] = outcome.steps;
  run["epochs"] = outcome.epochs;
  for (const char* set : {"train", "validation", "test"}) run[set] = figures_json(outcome, set);
  run["train_seconds"] = outcome.train_seconds;
  run["samples_per_second"] = outcome.samples_per_second;
  run["weights_digest"] = outcome.weights_digest;
  if (!standing.changed.empty()) run["changed"] = standing.changed;
  if (plan.until_accuracy) run["reached"] = reached(outcome, *plan.until_accuracy);
  return run;
}

ordered_json variant_json(const Ranked& row, const Sweep& sweep) {
  const Plan& plan = sweep.plan();
  const Variant& variant = plan.variants[row.variant];
  ordered_json settings = ordered_json::object();
  for (const auto& [key, value] : variant.settings) settings[key] = value;
  ordered_json runs = ordered_json::array();
  for (const std::size_t trial : row.trials) runs.push_back(run_json(sweep.trials()[trial], plan));
  ordered_json object = {{"config", variant.config},
                         {"settings", std::move(settings)},
                         {"finished", row.finished},
                         {"value", spread_json(row.value)},
                         {"train_seconds", spread_json(row.seconds)}};
  if (plan.until_accuracy) {
    object["reached"] = row.reached;
    object["until_seconds"] = spread_json(row.until_seconds);
  }
  object["runs"] = std::move(runs);
  return object;
}

}  // namespace

std::string sweep_json(const Sweep& sweep, const Ranking& ranking) {
  ordered_json variants = ordered_json::array();
  for (const Ranked& row : ranking.variants) variants.push_back(variant_json(row, sweep));
  const SideBySide& pace = sweep.side_by_side();
  ordered_json object = {
      {"name", sweep.plan().name},
      {"metric", ranking.metric.empty() ? ordered_json(nullptr) : ordered_json(ranking.metric)},
      {"at_a_time", pace.allowed()},
      {"gain", pace.gain() ? ordered_json(*pace.gain()) : ordered_json(nullptr)},
      {"stopped", sweep.stopped()},
      {"variants", std::move(variants)}};
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace forknet::sweep
