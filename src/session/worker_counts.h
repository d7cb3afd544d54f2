// How many workers a layout takes that may choose, for a net so small that more can be slower:
// which numbers are tried, and what is made of the times. Pure; worker_trial.h measures.
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
  std::int64_t asked = 0;  // what it comes to unmeasured, at least 2: the most that is taken
  [[nodiscard]] bool operator==(const OpenCount&) const = default;
};

// Nothing where the number was given, where the workers are processes, stages or neurons, or train
// models of their own. `plan`: the layout of the config on a machine of so many CPUs.
[[nodiscard]] std::optional<OpenCount> open_count(const Config& config, const cell::GridPlan& plan,
                                                  int cpus);

// Whether fewer can be faster, and the run is long enough to find out. `steps`: of the whole run.
[[nodiscard]] bool is_worth_a_trial(const nn::ModelPlan& model, std::size_t batch,
                                    std::int64_t asked, std::uint64_t steps);

// 1, 2, 4 … and `asked`.
[[nodiscard]] std::vector<std::int64_t> counts_to_try(std::int64_t asked);

// Seconds a step that so many workers took, in one slice of the trial after the other.
struct CountTimes {
  std::int64_t count = 0;
  std::vector<double> slices;
  [[nodiscard]] double fastest() const;   // undisturbed by what else the machine does
  [[nodiscard]] double ordinary() const;  // the median
};

// From the smallest count on: more workers where their ordinary slice beats the fastest of fewer
// clearly, so that a busy machine does not make them look better than they are. At least one count,
// ascending, a slice of each.
[[nodiscard]] const CountTimes& best_of(std::span<const CountTimes> counts);
// Further slices would not help it against the best.
[[nodiscard]] bool is_out(const CountTimes& count, std::span<const CountTimes> counts);

// Whether the times say enough to take another number than the last one, which was asked for:
// several slices, or a difference that one slice shows.
[[nodiscard]] bool is_decided(std::span<const CountTimes> counts);

// "the preset threads takes 1 of 2 CPUs: …", for the user.
[[nodiscard]] std::string fewer_note(const GridConfig& grid, const OpenCount& open,
                                     const CountTimes& taken, const CountTimes& asked);

}  // namespace forknet::run
