#include "session/worker_trial.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/try.h"
#include "engine/engine.h"
#include "math/float_state.h"
#include "nn/optimizer.h"
#include "nn/parameters.h"
#include "os/failpoint.h"
#include "session/worker_counts.h"
#include "settings/layout.h"
#include "settings/presets.h"
#include "store/weights.h"
#include "train/open_state.h"
#include "train/run_steps.h"

namespace forknet::run {
namespace {

constexpr int kRounds = 12;                              // slices of each count, in turns
constexpr std::int64_t kSlice = 1'500'000;               // nanoseconds
constexpr int kStepsOfSlice = 8;                         // at least
constexpr std::int64_t kSlowStep = 3'000'000;            // the net is not small
constexpr std::int64_t kMost = 100'000'000;              // no round begins later
constexpr std::uint32_t kRows = std::uint32_t{1} << 16;  // more only take longer to shuffle

// Steps of the net on the rows of the run, with any number of workers.
template <class T>
class Trial {
 public:
  [[nodiscard]] static Result<Trial> create(const Prepared& prepared, const OpenCount& open,
                                            int cpus) {
    FORKNET_ASSIGN(auto weights, store::Weights<T>::create(
                                     prepared.plan.numbers,
                                     nn::moment_count(prepared.config.optimizer), kVersions));
    nn::initialise<T>(prepared.plan, prepared.config.model.init, prepared.config.run.seed,
                      prepared.target, weights.parameters());
    return Trial(prepared, open, cpus, std::move(weights));
  }

  // Seconds per step; nothing: steps of one worker take so long that the net is not small.
  [[nodiscard]] Result<std::optional<double>> slice(std::int64_t count) {
    const Config config = with_workers(prepared_.config, open_.path, count, cpus_);
    FORKNET_ASSIGN(const auto layout, layout_of(config.grid, prepared_.plan, sampler_.batch()));
    EngineJob job = {config, prepared_.data.train, prepared_.plan, sampler_,
                     layout, prepared_.target,     leaf_rows_};
    job.total_steps = commits_->committed() + kManySteps;
    FORKNET_ASSIGN(const auto engine, local_engine<T>(job, weights_, *commits_));
    // Batches that loaders prepare before the first step must not count.
    const std::int64_t ahead = 2 * config.data.loader_threads + 6;
    FORKNET_ASSIGN(const double fastest, fastest_step(*engine, ahead));
    if (fastest > kSlowStep * 1e-9) return count == 1 ? std::nullopt : std::optional(fastest);
    const std::int64_t begun = monotonic_ns();
    std::int64_t now = begun;
    int steps = 0;
    for (; steps < kStepsOfSlice || now - begun < kSlice; ++steps) {
      if (auto done = engine->step(commits_->committed()); !done.ok()) return done.error();
      now = monotonic_ns();
    }
    return std::optional(seconds_between(begun, now) / steps);
  }

 private:
  static constexpr std::uint64_t kManySteps = std::uint64_t{1} << 32;

  Trial(const Prepared& prepared, const OpenCount& open, int cpus, store::Weights<T> weights)
      : prepared_(prepared),
        open_(open),
        cpus_(cpus),
        leaf_rows_(nn::leaf_rows(train_of_model(prepared.config))),
        sampler_(few_rows(prepared)),
        weights_(std::move(weights)),
        commits_(std::make_unique<Commits>()) {
    commits_->begin(0);
  }

  [[nodiscard]] static data::Sampler few_rows(const Prepared& prepared) {
    const data::Sampler all = sampler_for(prepared.config, prepared.data.train);
    const std::uint32_t rows = std::min(all.rows(), std::max(kRows, all.batch()));
    return {prepared.config.run.seed, rows, all.batch(), all.shuffles()};
  }

  // The fastest of `steps` steps; stops early if they are slow.
  [[nodiscard]] Result<double> fastest_step(Engine<T>& engine, std::int64_t steps) {
    std::int64_t fastest = 0;
    for (std::int64_t i = 0; i < steps; ++i) {
      FORKNET_ASSIGN(const StepFigures figures, engine.step(commits_->committed()));
      fastest = i == 0 ? figures.nanoseconds : std::min(fastest, figures.nanoseconds);
      if (i == 2 && fastest > kSlowStep) break;
    }
    return static_cast<double>(fastest) * 1e-9;
  }

  const Prepared& prepared_;
  const OpenCount open_;
  const int cpus_;
  const std::size_t leaf_rows_;
  const data::Sampler sampler_;
  store::Weights<T> weights_;
  std::unique_ptr<Commits> commits_;
};

// Tries the counts in turns, until they are out or the rounds are over. Empty: undecided.
template <class T>
Result<std::vector<CountTimes>> tried(const Prepared& prepared, const OpenCount& open, int cpus) {
  const math::FloatStateScope float_state;
  FORKNET_ASSIGN(auto trial, Trial<T>::create(prepared, open, cpus));
  std::vector<CountTimes> counts;
  for (const std::int64_t count : counts_to_try(open.asked)) counts.push_back({count, {}});
  const std::int64_t begun = monotonic_ns();
  for (int round = 0; round < kRounds && monotonic_ns() - begun < kMost; ++round) {
    std::size_t left = 0;
    for (CountTimes& one : counts) {
      if (round > 0 && is_out(one, counts)) continue;
      FORKNET_ASSIGN(const auto seconds, trial.slice(one.count));
      if (!seconds) return std::vector<CountTimes>();
      one.slices.push_back(*seconds);
      ++left;
    }
    if (left == 1) break;
  }
  return counts;
}

}  // namespace

void choose_workers(Prepared& prepared, int cpus) {
  const auto layout = layout_of(prepared);
  if (!layout.ok() || os::failpoints::on.load(std::memory_order_relaxed)) return;
  const auto open = open_count(prepared.config, *layout, cpus);
  const std::size_t batch = sampler_for(prepared.config, prepared.data.train).batch();
  if (!open || !is_worth_a_trial(prepared.plan, batch, open->asked, planned_steps(prepared)))
    return;
  const bool wide = prepared.config.numerics.precision == Precision::fp64;
  const auto times =
      wide ? tried<double>(prepared, *open, cpus) : tried<float>(prepared, *open, cpus);
  if (!times.ok() || times->empty() || !is_decided(*times)) return;
  const CountTimes& best = best_of(*times);
  const CountTimes& asked = times->back();
  if (best.count == asked.count) return;
  prepared.notes.push_back(fewer_note(prepared.config.grid, *open, best, asked));
  prepared.config = with_workers(prepared.config, open->path, best.count, cpus);
}

}  // namespace forknet::run
