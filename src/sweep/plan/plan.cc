#include "sweep/plan/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <span>
#include <utility>

#include "base/digest.h"
#include "base/printable.h"
#include "base/try.h"
#include "os/cpu.h"
#include "os/file.h"
#include "settings/layout.h"
#include "settings/presets.h"
#include "sweep/plan/begun_runs.h"

namespace forknet::sweep {
namespace {

constexpr std::size_t kMostFolder = 97;  // letters; session/run_folder.h allows 100 with a "-99"
constexpr std::size_t kMostName = 50;    // of them
constexpr std::size_t kMostLabel = 28;   // of them for the settings

// Letters that need no quotes in a shell.
std::string plain(const std::string& text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool keeps = byte < 0x80 && (std::isalnum(byte) != 0 || c == '.' || c == '_' || c == '+');
    if (keeps || c == '-') {
      result += c;
    } else if (c != '=' && !result.empty() && result.back() != '-') {
      result += '-';
    }
  }
  while (!result.empty() && result.back() == '-') result.pop_back();
  return result;
}

Error misused(const std::string& message) { return {ErrorKind::usage, message}; }

// What can begin the name of a folder (session/run_folder.h has the rule).
bool begins_a_name(const std::string& name) {
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != '/' && c != 0x7F;
  });
  return plain && !name.empty() && name.size() <= kMostName && name.front() != '.' &&
         name.front() != '-';
}

// Settings on top of every config must not be what is varied.
Status check_request(const Request& request) {
  for (const Axis& axis : request.axes) {
    const bool is_seed = axis.key == "run.seed" && request.seeds > 1;
    if (is_seed) return misused("--seeds and --vary run.seed: one of them is enough");
    for (const std::string& set : request.overrides.sets) {
      const bool same = set.substr(0, set.find_first_of(" =")) == axis.key;
      if (same) return misused("--set and --vary " + printable(axis.key) + ": which one is meant?");
    }
    for (const run::FlagSetting& flag : request.overrides.flags) {
      if (flag.path == axis.key) {
        return misused(flag.flag + " and --vary " + axis.key + ": which one is meant?");
      }
    }
  }
  if (request.name && !begins_a_name(*request.name)) {
    return misused(
        fmt::format("--run {}: this cannot name folders\n  up to {} letters without spaces "
                    "and slashes, not starting with . or -",
                    printable(*request.name, 200), kMostName));
  }
  return {};
}

std::vector<std::string> sets_of(const Request& request, const Variant& variant) {
  std::vector<std::string> sets = request.overrides.sets;
  for (const auto& [key, value] : variant.settings) sets.push_back(key + "=" + value);
  return sets;
}

Result<run::Resolved> settings_of(const Request& request, const Variant& variant) {
  run::Overrides overrides = request.overrides;
  overrides.sets = sets_of(request, variant);
  return run::resolve_file(variant.config, overrides);
}

// The threads that compute; the loaders wait most of the time.
std::int64_t threads_of(const GridConfig& grid) {
  const std::int64_t cpus = os::cpu_budget();
  if (grid.threads < 1 || grid.stages < 1) return cpus;
  const std::int64_t threads = run::averages(grid) ? grid.replicas * grid.threads
                                                   : grid.stages * grid.replicas * grid.threads;
  return std::clamp<std::int64_t>(threads, 1, cpus);
}

std::vector<std::string> files_of(const DataConfig& data) {
  std::vector<std::string> files;
  for (const DataSource* source : {&data.train, &data.test, &data.validation}) {
    for (const std::string& file : {source->inputs, source->labels}) {
      if (!file.empty()) files.push_back(file);
    }
  }
  return files;
}

std::vector<std::string> words_of(const Request& request, const Variant& variant,
                                  const Trial& trial) {
  std::vector<std::string> words = {"train", variant.config, "--quiet", "--run",
                                    os::name_of(trial.folder)};
  for (const run::FlagSetting& flag : request.overrides.flags) {
    words.insert(words.end(), {flag.flag, flag.value});
  }
  for (const std::string& set : sets_of(request, variant)) {
    words.insert(words.end(), {"--set", set});
  }
  if (request.seeds > 1)
    words.insert(words.end(), {"--set", fmt::format("run.seed={}", trial.seed)});
  if (request.until_accuracy) {
    words.insert(words.end(), {"--until", fmt::format("accuracy={}", *request.until_accuracy)});
  }
  return words;
}

class Planner {
 public:
  explicit Planner(const Request& request) : request_(request) {}

  Result<Plan> plan() {
    FORKNET_TRY(check_request(request_));
    plan_.configs = request_.configs;
    plan_.axes = request_.axes;
    plan_.seeds = request_.seeds;
    plan_.until_accuracy = request_.until_accuracy;
    plan_.name = request_.name.value_or("");
    FORKNET_ASSIGN(plan_.variants, variants_of(request_.configs, request_.axes));
    if (plan_.variants.size() * request_.seeds > kMostVariants) {
      return misused(fmt::format("these are more than {} runs", kMostVariants));
    }
    for (std::size_t variant = 0; variant < plan_.variants.size(); ++variant) add(variant);
    FORKNET_TRY(check_trials());
    return std::move(plan_);
  }

 private:
  void add(std::size_t variant) {
    auto settings = settings_of(request_, plan_.variants[variant]);
    if (!settings.ok()) {
      Trial trial;
      trial.variant = variant;
      trial.fault = settings.error();
      plan_.trials.push_back(std::move(trial));
      return;
    }
    if (plan_.name.empty()) plan_.name = settings->config.run.name.substr(0, kMostName);
    for (const std::string& note : settings->notes) {
      const bool heard =
          std::find(plan_.notes.begin(), plan_.notes.end(), note) != plan_.notes.end();
      if (!heard) plan_.notes.push_back(note);
    }
    const std::uint64_t first = settings->config.run.seed;
    for (std::uint64_t i = 0; i < request_.seeds; ++i) add_run(variant, *settings, first + i);
  }

  void add_run(std::size_t variant, run::Resolved& settings, std::uint64_t seed) {
    settings.config.run.seed = seed;
    for (run::Setting& setting : settings.settings) {
      if (setting.path == "run.seed") setting.value = std::to_string(seed);
    }
    Trial trial;
    trial.variant = variant;
    trial.seed = seed;
    trial.digest = trial_digest(settings, request_.until_accuracy);
    const std::string& dir = settings.config.run.dir;
    const std::string digits = trial.digest.substr(0, BegunRuns::kDigits);
    const auto begun = begun_.try_emplace(dir, dir, request_.name).first->second.find(digits);
    trial.folder = dir + "/" + begun.value_or(folder_name(variant, seed, digits));
    trial.threads = threads_of(settings.config.grid);
    trial.files = files_of(settings.config.data);
    trial.words = words_of(request_, plan_.variants[variant], trial);
    plan_.trials.push_back(std::move(trial));
  }

  [[nodiscard]] std::string folder_name(std::size_t variant, std::uint64_t seed,
                                        const std::string& digits) const {
    const std::string of_seed = request_.seeds > 1 ? fmt::format("-seed{}", seed) : "";
    const std::size_t taken = plan_.name.size() + of_seed.size() + digits.size() + 2;
    const std::size_t most = std::min(kMostLabel, kMostFolder - taken);
    return plan_.name + "-" + plain(plan_.label(variant)).substr(0, most) + of_seed + "-" + digits;
  }

  // Not one can be trained, or two would train in one folder.
  Status check_trials() {
    const bool none = std::all_of(plan_.trials.begin(), plan_.trials.end(),
                                  [](const Trial& trial) { return trial.fault.has_value(); });
    if (none && !plan_.trials.empty()) return *plan_.trials.front().fault;
    std::map<std::string, std::size_t> variants;  // by digest
    for (const Trial& trial : plan_.trials) {
      if (trial.fault) continue;
      const auto [other, is_new] = variants.emplace(trial.digest, trial.variant);
      if (is_new) continue;
      return misused(fmt::format("{} and {} would train the same",
                                 printable(plan_.label(other->second)),
                                 printable(plan_.label(trial.variant))));
    }
    return {};
  }

  const Request& request_;
  Plan plan_;
  std::map<std::string, BegunRuns> begun_;  // by folder of runs
};

}  // namespace

std::string trial_digest(const run::Resolved& settings,
                         const std::optional<double>& until_accuracy) {
  std::string text;
  for (const run::Setting& setting : settings.settings) {
    // These depend on the CPUs of this start, not on what is trained.
    const bool chosen = run::is_chosen(settings.config.grid, setting.path);
    if (setting.source == "grid" || chosen) continue;
    if (setting.path == "run.dir" || setting.path == "run.name") continue;
    text += setting.path + " = " + setting.value + "\n";
  }
  if (until_accuracy) text += fmt::format("until accuracy = {}\n", *until_accuracy);
  return digest_hex(std::as_bytes(std::span(text)));
}

Result<Plan> plan_of(const Request& request) { return Planner(request).plan(); }

}  // namespace forknet::sweep
