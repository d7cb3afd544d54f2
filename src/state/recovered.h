// What a run whose processes are all dead left of its last steps (live_state.h): found, fenced and
// read.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nn/model_plan.h"
#include "os/mapping.h"
#include "state/live_state.h"
#include "store/weights.h"

namespace forknet::run {

struct Recovered {
  std::uint64_t committed = 0;         // steps
  ProgressState progress;              // as it was saved last, at most at `committed`
  std::vector<CommittedStep> figures;  // of the steps from there to `committed`
  store::WeightsLayout weights;
  std::uint64_t version = 0;  // of them, that is the current one
  StateList list;
  std::string list_fault;  // why state.json is not where the list comes from; empty: it is
  os::Mapping control;
  std::vector<os::Mapping> files;  // of list.weights; mapped, so that they stay what was checked

  [[nodiscard]] const Control& words() const {
    return reinterpret_cast<const ControlPage*>(control.bytes().data())->control;
  }
  // Of models that train apart; only where list.models.
  [[nodiscard]] std::span<const std::byte> models() const { return files.back().bytes(); }
};

// What cannot be gone on with.
struct StateLoss {
  std::string why;
  std::optional<std::uint64_t> committed = {};  // steps that the run had done, where that is known
};
using OnLoss = std::function<void(const StateLoss&)>;

// Steps that the dead run of this folder had committed, by its state, for those who only look;
// nothing where that is not known.
[[nodiscard]] std::optional<std::uint64_t> committed_in(const StatePlace& place);

// Nothing when the run left none, or none that can be trusted; `lost` gets why. Whatever has been
// done to the files is found out, costs the state and is no Error. Error (internal): the system
// cannot read them (descriptors, memory, a disk); they stay. Waits up to two seconds for
// cells that have not ended yet, then ends them. Error (usage): they do not end. The caller owns
// the run's lock.
[[nodiscard]] Result<std::optional<Recovered>> recover_state(const StatePlace& place,
                                                             const OnLoss& lost);

// Why a run of this model cannot go on with the state: its weights are laid out for another one, or
// are not those that its last step wrote. Empty: it can. Reads all of the weights once.
[[nodiscard]] std::string fault_of_weights(const Recovered& recovered, const nn::ModelPlan& plan,
                                           const store::WeightsLayout& wanted);

// Weights and moments as they were committed, into the current version of `to`. Error (data): they
// are of another model.
template <class T>
[[nodiscard]] Status read_weights(const Recovered& recovered, const nn::ModelPlan& plan,
                                  store::Weights<T>& to);

// The memory of models that train apart, as it was left. Error (data): it is of others.
[[nodiscard]] Status read_models(const Recovered& recovered, std::span<std::byte> to);

}  // namespace forknet::run
