// What a run whose processes are all dead left of its last steps (live_state.h): found, fenced and
// read.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "nn/model_plan.h"
#include "run/state/live_state.h"
#include "store/checkpoint.h"
#include "store/weights.h"

namespace forknet::run {

struct Recovered {
  std::uint64_t committed = 0;         // steps
  ProgressState progress;              // as it was saved last, at most at `committed`
  std::vector<CommittedStep> figures;  // of the steps from there to `committed`
  store::WeightsLayout weights;
  std::uint64_t version = 0;  // of them, that is the current one
  StateList list;
  std::string folder;  // of the run, as the list's paths have it
};

// Nothing when the run left none, or none that can be trusted; `note` gets why and what is lost.
// Waits up to two seconds for cells that have not ended yet, then ends them. Error (usage): they do
// not end. The caller owns the run's lock.
[[nodiscard]] Result<std::optional<Recovered>> recover_state(const StatePlace& place,
                                                             const store::Note& note);

// Weights and moments as they were committed, into the current version of `to`. Error (data): they
// are of another model.
template <class T>
[[nodiscard]] Status read_weights(const Recovered& recovered, const nn::ModelPlan& plan,
                                  store::Weights<T>& to);

// The memory of models that train apart, as it was left.
[[nodiscard]] Status read_models(const Recovered& recovered, std::span<std::byte> to);

}  // namespace forknet::run
