// Chooses the number of workers if the layout leaves it open and the net is so small that more may
// be slower: which numbers to try, and how to decide by the times. Pure; worker_trial.h measures.
#pragma once

#include <forknet/config.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cell/stage_context.h"
#include "nn/model_plan.h"

namespace forknet::run {

// The number of workers that a layout leaves open.
struct OpenCount {
  std::string_view path;   // grid.threads or grid.replicas
  std::int64_t asked = 0;  // the number without a trial, at least 2: the maximum
  [[nodiscard]] bool operator==(const OpenCount&) const = default;
};

// Nothing: the number was given, or the workers are processes, stages or per-unit threads, or train
// their own models. `plan`: the layout of the config on a machine with `cpus` CPUs.
[[nodiscard]] std::optional<OpenCount> open_count(const Config& config, const cell::GridPlan& plan,
                                                  int cpus);

// Whether fewer may be faster and the run is long enough for a trial. `steps`: of the whole run.
[[nodiscard]] bool is_worth_a_trial(const nn::ModelPlan& model, std::size_t batch,
                                    std::int64_t asked, std::uint64_t steps);

// 1, 2, 4 … and `asked`.
[[nodiscard]] std::vector<std::int64_t> counts_to_try(std::int64_t asked);

// Seconds per step with `count` workers, one number per slice of the trial.
struct CountTimes {
  std::int64_t count = 0;
  std::vector<double> slices;
  [[nodiscard]] double fastest() const;   // least disturbed by other work of the machine
  [[nodiscard]] double ordinary() const;  // the median
};

// From the smallest count on: takes more workers only if their ordinary slice is clearly faster
// than the fastest slice of fewer, so that a busy machine does not favour them. `counts`: at least
// one, ascending, each with a slice.
[[nodiscard]] const CountTimes& best_of(std::span<const CountTimes> counts);
// Whether further slices cannot make it the best.
[[nodiscard]] bool is_out(const CountTimes& count, std::span<const CountTimes> counts);

// Whether the times justify another number than the last one, which is the number without a trial:
// there are several slices, or one slice shows a large difference.
[[nodiscard]] bool is_decided(std::span<const CountTimes> counts);

// "the preset threads takes 1 of 2 CPUs: …", for the user.
[[nodiscard]] std::string fewer_note(const GridConfig& grid, const OpenCount& open,
                                     const CountTimes& taken, const CountTimes& asked);

}  // namespace forknet::run
