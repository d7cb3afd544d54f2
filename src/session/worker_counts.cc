#include "session/worker_counts.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "settings/presets.h"

namespace forknet::run {
namespace {

constexpr std::string_view kThreads = "grid.threads";
constexpr std::string_view kReplicas = "grid.replicas";

// Multiplications of a step for each worker from which on more workers were faster on every machine
// that was measured: some 300 microseconds of one core (docs/benchmarks.md).
constexpr double kSurelyWorthAWorker = 30e6;

// A trial takes some hundred steps; a run that is no longer is over before it pays.
constexpr std::uint64_t kStepsWorthATrial = 300;

// More workers have to be faster by that; of two that are as fast the fewer leave CPUs to others.
constexpr double kClearlyFaster = 0.97;
constexpr double kOut = 1.25;
// A net that takes too many workers can lose more than half of its speed, one that takes too few
// not: fewer are given up later.
constexpr std::size_t kSlicesToBeOut = 3;
constexpr std::size_t kSlicesOfFewerToBeOut = 6;

// It stands as the preset chose it.
bool is_open(const Config& config, std::string_view path, std::int64_t now, int cpus) {
  if (!is_chosen(config.grid, path)) return false;
  for (const PresetSetting& one : preset_settings(config, cpus)) {
    const std::int64_t* const number = one.value.as<std::int64_t>();
    if (one.path == path) return number != nullptr && *number == now;
  }
  return false;
}

std::string micros(double seconds) {
  const double us = seconds * 1e6;
  return fmt::format("{:.{}f}", us, us < 10 ? 1 : 0);
}

std::string workers_text(std::string_view path, std::int64_t count) {
  const std::string_view one = path == kThreads ? "thread" : "replica";
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

}  // namespace

std::optional<OpenCount> open_count(const Config& config, const cell::GridPlan& plan, int cpus) {
  const GridConfig& grid = config.grid;
  const bool one_memory =
      plan.shape.cells() == 1 || (grid.host == Host::thread && grid.channel == ChannelKind::shm);
  if (grid.sync != Sync::step || plan.shape.stages != 1 || plan.neurons || !one_memory) return {};
  const auto threads = static_cast<std::int64_t>(plan.shape.threads);
  if (threads > 1 && (grid.threads == 0 || is_open(config, kThreads, threads, cpus))) {
    return OpenCount{kThreads, threads};
  }
  if (grid.replicas > 1 && is_open(config, kReplicas, grid.replicas, cpus)) {
    return OpenCount{kReplicas, grid.replicas};
  }
  return {};
}

bool is_worth_a_trial(const nn::ModelPlan& model, std::size_t batch, std::int64_t asked,
                      std::uint64_t steps) {
  const double multiplications =
      3.0 * static_cast<double>(model.parameters) * static_cast<double>(batch);
  return asked > 1 && steps >= kStepsWorthATrial &&
         multiplications < kSurelyWorthAWorker * static_cast<double>(asked);
}

std::vector<std::int64_t> counts_to_try(std::int64_t asked) {
  std::vector<std::int64_t> counts;
  for (std::int64_t count = 1; count < asked; count *= 2) counts.push_back(count);
  counts.push_back(asked);
  return counts;
}

double CountTimes::seconds() const {
  FORKNET_CHECK(!slices.empty());
  std::vector<double> sorted = slices;
  const auto quartile = sorted.begin() + static_cast<std::ptrdiff_t>((sorted.size() - 1) / 4);
  std::nth_element(sorted.begin(), quartile, sorted.end());
  return *quartile;
}

const CountTimes& best_of(std::span<const CountTimes> counts) {
  double fastest = counts.front().seconds();
  for (const CountTimes& one : counts) fastest = std::min(fastest, one.seconds());
  return *std::find_if(counts.begin(), counts.end(), [&](const CountTimes& one) {
    return one.seconds() * kClearlyFaster <= fastest;
  });
}

bool is_out(const CountTimes& count, std::span<const CountTimes> counts) {
  const CountTimes& best = best_of(counts);
  const std::size_t enough = count.count < best.count ? kSlicesOfFewerToBeOut : kSlicesToBeOut;
  return count.slices.size() >= enough && count.seconds() > kOut * best.seconds();
}

std::string fewer_note(const GridConfig& grid, const OpenCount& open, const CountTimes& taken,
                       const CountTimes& asked) {
  const std::string who =
      grid.threads == 0 ? "grid.threads = 0" : fmt::format("the preset {}", grid.preset);
  const bool slower = asked.seconds() > taken.seconds();
  return fmt::format(
      "{} takes {}: {} would be {} for this net ({} µs a step against {}); {} = {} takes {} all "
      "the same",
      who, workers_text(open.path, taken.count), asked.count, slower ? "slower" : "no faster",
      micros(asked.seconds()), micros(taken.seconds()), open.path, asked.count, asked.count);
}

}  // namespace forknet::run
