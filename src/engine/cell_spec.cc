#include "engine/cell_spec.h"

#include <fmt/format.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "base/try.h"
#include "base/version.h"
#include "os/build_id.h"
#include "settings/averaging.h"
#include "settings/enum_names.h"
#include "settings/resolve.h"
#include "settings/write.h"
#include "wire/transports.h"

namespace forknet::run {
namespace {

using nlohmann::json;

// The settings without those that only the Supervisor uses, so that they pass every check.
Config for_steps(const Config& config) {
  Config steps;
  steps.run.seed = config.run.seed;
  steps.data.train.inputs = steps.data.train.labels = "data";
  steps.data.shuffle = config.data.shuffle;
  steps.data.loader_threads = config.data.loader_threads;
  steps.model = config.model;
  steps.train = config.train;
  steps.train.early_stop_patience = 0;
  if (!config.data.validation.absent()) steps.data.validation.share = 0.5;
  steps.optimizer = config.optimizer;
  steps.numerics = config.numerics;
  steps.grid.sync = config.grid.sync;
  if (config.grid.sync == Sync::average) steps.grid.models = models_of(config.grid);
  steps.average = config.average;
  return steps;
}

json layout_of(const cell::GridPlan& plan) {
  json slices = json::array();
  for (const auto& [begin, end] : plan.slices) slices.push_back({begin, end});
  return {{"replicas", plan.shape.replicas},
          {"threads", plan.shape.threads},
          {"stages", plan.shape.stages},
          {"slices", slices},
          {"pins", plan.pins},
          {"neurons", plan.neurons},
          {"microbatches", plan.microbatches},
          {"cpus", plan.cpus},
          {"schedule", word_of(plan.schedule)}};
}

json rates_of(const std::vector<nn::RateChange>& changes) {
  json rates = json::array();
  for (const auto& [step, lr] : changes) rates.push_back({step, lr});
  return rates;
}

cell::GridPlan layout_from(const json& object) {
  cell::GridPlan plan;
  plan.shape = {object.at("replicas"), object.at("threads"), object.at("stages")};
  for (const json& slice : object.at("slices")) plan.slices.push_back({slice.at(0), slice.at(1)});
  plan.microbatches = object.at("microbatches");
  plan.neurons = object.at("neurons");
  plan.pins = object.at("pins").get<std::vector<int>>();
  plan.cpus = object.at("cpus");
  plan.schedule = value_of<Schedule>(object.at("schedule").get<std::string>()).value();
  return plan;
}

// Supervisor and cells share structures in memory, so they must be the same program.
Status expect_same(const char* what, const std::string& mine, const std::string& starter) {
  if (mine == starter) return {};
  return Error{ErrorKind::internal,
               fmt::format("the program was replaced while it ran: a cell of {} {} was started by "
                           "{} {}",
                           what, mine, what, starter)};
}

Result<CellSpec> spec_from(const json& object) {
  CellSpec spec;
  spec.version = object.at("version");
  FORKNET_TRY(expect_same("version", kVersion, spec.version));
  spec.build = object.at("build");
  FORKNET_TRY(expect_same("build", os::build_id(), spec.build));
  FORKNET_ASSIGN(auto settings, resolve_text(object.at("config").get<std::string>(),
                                             "the settings of the run", {}));
  spec.config = std::move(settings.config);
  spec.grid = layout_from(object.at("layout"));
  const auto transport = object.at("transport").get<std::string>();
  spec.transport = wire::transport_named(transport);
  if (spec.transport == nullptr) {
    return Error{ErrorKind::internal, "this program has no transport \"" + transport + '"'};
  }
  spec.cell = object.at("cell");
  spec.replaces = object.at("replaces");
  spec.total_steps = object.at("total_steps");
  for (const json& rate : object.at("rates")) spec.rates.push_back({rate.at(0), rate.at(1)});
  spec.target = object.at("target");
  spec.trace = object.at("trace");
  return spec;
}

}  // namespace

Result<os::Mapping> write_spec(const CellSpec& spec) {
  FORKNET_ASSIGN(const Resolved settings, resolve_config(for_steps(spec.config)));
  const json object = {{"version", kVersion},
                       {"build", os::build_id()},
                       {"config", resolved_text(settings)},
                       {"layout", layout_of(spec.grid)},
                       {"transport", spec.transport->name()},
                       {"cell", spec.cell},
                       {"replaces", spec.replaces},
                       {"total_steps", spec.total_steps},
                       {"rates", rates_of(spec.rates)},
                       {"target", spec.target},
                       {"trace", spec.trace}};
  const std::string text = object.dump();
  return os::Mapping::sealed("forknet cell", text.size(), [&](std::span<std::byte> memory) {
    std::memcpy(memory.data(), text.data(), text.size());
    return Status();
  });
}

Result<CellSpec> read_spec(os::Fd memory) {
  FORKNET_ASSIGN(const auto text, os::Mapping::of(std::move(memory), os::Mapping::Access::read));
  const auto* begin = reinterpret_cast<const char*>(text.bytes().data());
  const json object = json::parse(begin, begin + text.bytes().size(), nullptr, false);
  try {
    return spec_from(object);
  } catch (const json::exception& fault) {
    return Error{ErrorKind::internal,
                 std::string("a cell cannot read its start parameters: ") + fault.what()};
  }
}

std::string cell_name(const cell::GridShape& shape, std::size_t cell) {
  return fmt::format("stage {}, replica {}", cell / shape.replicas, cell % shape.replicas);
}

}  // namespace forknet::run
