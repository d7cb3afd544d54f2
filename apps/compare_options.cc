#include "apps/compare_options.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/commands.h"
#include "apps/option_words.h"
#include "settings/problem.h"

namespace forknet::apps {
namespace {

// "a,b,c"; empty names are errors.
std::optional<Stop> take_grids(const ParsedCommand& parsed, std::vector<std::string>& grids) {
  std::string text = parsed.value("--grids") + ",";
  for (auto comma = text.find(','); comma != std::string::npos; comma = text.find(',')) {
    grids.push_back(text.substr(0, comma));
    text.erase(0, comma + 1);
    if (grids.back().empty()) {
      return misused(*parsed.command, "--grids " + run::in_quotes(parsed.value("--grids")) +
                                          " is not a list of presets such as serial,threads");
    }
  }
  return std::nullopt;
}

// Layouts of one config, or runs: not both.
std::optional<Stop> check_compare(const ParsedCommand& parsed) {
  const bool layouts = parsed.has("--grids");
  if (layouts && parsed.arguments.size() > 1) {
    return misused(*parsed.command, "--grids compares layouts of one CONFIG");
  }
  for (const char* option : {"--vary", "--seeds", "--by", "--run"}) {
    if (layouts && parsed.has(option)) {
      return misused(*parsed.command,
                     std::string(option) + " is for runs; --grids compares layouts of one run");
    }
  }
  const bool runs = parsed.arguments.size() > 1 || parsed.has("--vary") || parsed.has("--seeds");
  if (layouts || runs) return std::nullopt;
  return misused(*parsed.command,
                 "there is nothing to compare: give more CONFIGs, --vary KEY=A,B,…, --seeds N or "
                 "--grids A,B,…");
}

// What runs are compared by, and which ones.
std::optional<Stop> take_runs(const ParsedCommand& parsed, CompareOptions& options) {
  constexpr std::uint64_t kMostSeeds = 1000;
  if (auto wrong = take_whole(parsed, "--seeds", options.seeds)) return wrong;
  if (options.seeds < 1 || options.seeds > kMostSeeds) {
    return misused(*parsed.command,
                   "--seeds takes a number from 1 to " + std::to_string(kMostSeeds));
  }
  if (const auto vary = parsed.options.find("--vary"); vary != parsed.options.end()) {
    for (const std::string& text : vary->second) {
      auto axis = sweep::parse_axis(text);
      if (!axis.ok()) return misused(*parsed.command, axis.error().message);
      options.axes.push_back(std::move(*axis));
    }
  }
  if (parsed.has("--by")) {
    auto by = sweep::parse_by(parsed.value("--by"));
    if (!by.ok()) return misused(*parsed.command, by.error().message);
    options.by = std::move(*by);
  }
  return std::nullopt;
}

}  // namespace

int compare(const ParsedCommand& parsed, const Environment& environment) {
  CompareOptions options;
  options.configs = parsed.arguments;
  options.run = given(parsed, "--run");
  options.overrides.environment = environment;
  options.json = parsed.has("--json");
  if (auto wrong = check_compare(parsed)) return stop(*wrong);
  if (parsed.has("--grids")) {
    if (auto wrong = take_grids(parsed, options.grids)) return stop(*wrong);
  }
  if (auto wrong = take_runs(parsed, options)) return stop(*wrong);
  if (auto wrong = take_until(parsed, options.until_accuracy)) return stop(*wrong);
  if (auto wrong = take_overrides(parsed, options.overrides)) return stop(*wrong);
  return options.grids.empty() ? run_sweep(options) : run_compare(options);
}

}  // namespace forknet::apps
