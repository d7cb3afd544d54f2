#include "session/worker_counts.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "settings/presets.h"
#include "wire/transports.h"

namespace forknet::run {
namespace {

constexpr std::string_view kThreads = "grid.threads";
constexpr std::string_view kReplicas = "grid.replicas";

// The multiplications per step and worker from which on two workers are clearly faster: about 300
// microseconds of one core (docs/benchmarks.md).
constexpr double kSurelyWorthAWorker = 15e6;

// A trial takes some hundred steps; a shorter run ends before it pays.
constexpr std::uint64_t kStepsWorthATrial = 300;

// More workers must be faster by this factor; at equal speed fewer workers leave CPUs free.
constexpr double kClearlyFaster = 0.97;
constexpr double kOut = 1.25;
constexpr double kPlainlySlower = 2;
// Too many workers can cost a net more than half of its speed, too few cannot, so small counts are
// dropped later.
constexpr std::size_t kSlicesToBeOut = 3;
constexpr std::size_t kSlicesOfFewerToBeOut = 9;

// True: the setting has the value that the preset chose.
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
      plan.shape.cells() == 1 ||
      (grid.host == Host::thread && wire::transport_for(grid.channel).shares_memory());
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

double CountTimes::fastest() const { return *std::min_element(slices.begin(), slices.end()); }

double CountTimes::ordinary() const {
  FORKNET_CHECK(!slices.empty());
  std::vector<double> sorted = slices;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  return *middle;
}

const CountTimes& best_of(std::span<const CountTimes> counts) {
  const CountTimes* best = &counts.front();
  for (const CountTimes& more : counts.subspan(1)) {
    if (more.ordinary() < kClearlyFaster * best->fastest()) best = &more;
  }
  return *best;
}

bool is_out(const CountTimes& count, std::span<const CountTimes> counts) {
  const CountTimes& best = best_of(counts);
  const bool fewer = count.count < best.count;
  if (count.slices.size() < (fewer ? kSlicesOfFewerToBeOut : kSlicesToBeOut)) return false;
  return count.fastest() > kOut * (fewer ? best.ordinary() : best.fastest());
}

bool is_decided(std::span<const CountTimes> counts) {
  const CountTimes& asked = counts.back();
  return asked.slices.size() >= kSlicesToBeOut ||
         asked.fastest() > kPlainlySlower * best_of(counts).ordinary();
}

std::string fewer_note(const GridConfig& grid, const OpenCount& open, const CountTimes& taken,
                       const CountTimes& asked) {
  const std::string who =
      grid.threads == 0 ? "grid.threads = 0" : fmt::format("the preset {}", grid.preset);
  const bool slower = asked.ordinary() > taken.fastest();
  return fmt::format(
      "{} takes {}: {} would be {} for this net ({} µs a step against {}); {} = {} takes {} all "
      "the same",
      who, workers_text(open.path, taken.count), asked.count, slower ? "slower" : "no faster",
      micros(asked.ordinary()), micros(taken.fastest()), open.path, asked.count, asked.count);
}

}  // namespace forknet::run
