#include "apps/dry_run.h"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <sstream>

#include "apps/output.h"
#include "apps/status_view.h"
#include "base/printable.h"
#include "nn/layer.h"
#include "os/cpu.h"
#include "report/text.h"
#include "session/session.h"
#include "session/start_check.h"
#include "session/training_memory.h"
#include "session/worker_trial.h"
#include "settings/layout.h"
#include "settings/write.h"

namespace forknet::apps {
namespace {

std::string dry_run_json(const run::Resolved& settings, const run::Prepared& prepared,
                         const cell::GridPlan& layout) {
  nlohmann::json object = {{"model", prepared.plan.describe()},
                           {"parameters", prepared.plan.parameters},
                           {"training_rows", prepared.data.train.size()},
                           {"steps", run::planned_steps(prepared)},
                           {"kernels", math::target_name(prepared.target)},
                           {"memory_bytes", run::training_bytes(prepared, layout)}};
  for (const nn::LayerPlan& layer : prepared.plan.layers) {
    object["layers"].push_back({{"type", layer.kind->name()},
                                {"outputs", layer.outputs},
                                {"parameters", layer.trained()},
                                {"memory_bytes", run::layer_bytes(prepared, layer)}});
  }
  for (const run::Setting& setting : settings.settings) {
    object["settings"][setting.path] = {{"toml", setting.value}, {"source", setting.source}};
  }
  return plain_json(object);
}

// The layers as comments of a config, under the settings.
std::string layer_lines(const run::Prepared& prepared) {
  std::vector<std::vector<std::string>> rows;
  const std::string samples =
      prepared.plan.members == 1
          ? std::to_string(prepared.config.train.batch)
          : fmt::format("{} x {}", prepared.config.train.batch, prepared.plan.members);
  for (const nn::LayerPlan& layer : prepared.plan.layers) {
    rows.push_back({nn::place_of(layer), std::string(layer.kind->name()),
                    fmt::format("{} x {}", samples, layer.outputs),
                    report::grouped(layer.trained()),
                    report::bytes(run::layer_bytes(prepared, layer))});
  }
  std::istringstream table(
      report::table({"layer", "type", "outputs", "parameters", "memory"}, rows));
  std::string lines;
  for (std::string line; std::getline(table, line);) lines += "# " + line + "\n";
  return lines;
}

}  // namespace

int dry_run(const TrainCommand& options, const run::Resolved& settings,
            const std::optional<std::string>& init_from) {
  auto prepared = run::prepare(settings.config);
  if (!prepared.ok()) return fail(prepared.error());
  run::choose_workers(*prepared, os::cpu_budget());
  const run::Resolved used = run::with_layout_of(settings, prepared->config);
  const auto layout = run::layout_of(*prepared);
  if (!layout.ok()) return fail(layout.error());
  const auto init = run::open_first_weights(init_from, prepared->plan);
  if (!init.ok()) return fail(init.error());
  const Status start = run::check_start(*prepared, *layout, options.run);
  if (!start.ok()) return fail(start.error());
  for (const std::string& warning : prepared->data.warnings) {
    std::fprintf(stderr, "%s\n", printable_lines(warning).c_str());
  }
  for (const std::string& note : prepared->notes) {
    std::fprintf(stderr, "%s\n", printable_lines(note).c_str());
  }
  if (options.json != Json::off) {
    print(dry_run_json(used, *prepared, *layout) + "\n");
    return 0;
  }
  print(run::resolved_text(used));
  print(layer_lines(*prepared));
  print(fmt::format(
      "# {}: {} parameters, {} training rows, {} steps, {} kernels, about {} of memory\n",
      prepared->plan.describe(), report::grouped(prepared->plan.parameters),
      report::grouped(prepared->data.train.size()), report::grouped(run::planned_steps(*prepared)),
      math::target_name(prepared->target), report::bytes(run::training_bytes(*prepared, *layout))));
  return 0;
}

}  // namespace forknet::apps
