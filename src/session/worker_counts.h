// Chooses the number of workers for a small net, where more can be slower, if the layout leaves it
// open: which numbers to try, and the decision by their times. Pure; worker_trial.h measures.
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
  std::int64_t asked = 0;  // the number without a trial, at least 2; the maximum
  [[nodiscard]] bool operator==(const OpenCount&) const = default;
};

// Nothing if the number was given, if the workers are processes, stages or neurons, or if models
// train apart. `plan`: the layout of the config on a machine with `cpus` CPUs.
[[nodiscard]] std::optional<OpenCount> open_count(const Config& config, const cell::GridPlan& plan,
                                                  int cpus);

// True: fewer can be faster, and the run is long enough for a trial. `steps`: of the whole run.
[[nodiscard]] bool is_worth_a_trial(const nn::ModelPlan& model, std::size_t batch,
                                    std::int64_t asked, std::uint64_t steps);

// 1, 2, 4 … and `asked`.
[[nodiscard]] std::vector<std::int64_t> counts_to_try(std::int64_t asked);

// Seconds per step with a number of workers, by slice of the trial.
struct CountTimes {
  std::int64_t count = 0;
  std::vector<double> slices;
  [[nodiscard]] double fastest() const;   // the least disturbed by other load
  [[nodiscard]] double ordinary() const;  // the median
};

// From the smallest count on: takes more workers if their ordinary slice clearly beats the fastest
// slice of fewer, so that other load cannot make them look better. Requires at least one count,
// ascending, with a slice each.
[[nodiscard]] const CountTimes& best_of(std::span<const CountTimes> counts);
// True: further slices cannot make this count the best.
[[nodiscard]] bool is_out(const CountTimes& count, std::span<const CountTimes> counts);

// True: the times are enough to take another number than the last one, the default: several slices,
// or a difference that is clear after one.
[[nodiscard]] bool is_decided(std::span<const CountTimes> counts);

// "the preset threads takes 1 of 2 CPUs: …", for the user.
[[nodiscard]] std::string fewer_note(const GridConfig& grid, const OpenCount& open,
                                     const CountTimes& taken, const CountTimes& asked);

}  // namespace forknet::run
