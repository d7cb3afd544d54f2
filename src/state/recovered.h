// Finds, fences and reads the state (live_state.h) of a run whose processes are all dead.
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
  ProgressState progress;              // as saved last, at most at `committed`
  std::vector<CommittedStep> figures;  // of the steps from there to `committed`
  store::WeightsLayout weights;
  std::uint64_t version = 0;  // of the weights that is current
  StateList list;
  std::string list_fault;  // why the list is not from state.json; empty: it is
  os::Mapping control;
  std::vector<os::Mapping> files;  // of list.weights; mapped, so that they stay the checked ones

  [[nodiscard]] const Control& words() const {
    return reinterpret_cast<const ControlPage*>(control.bytes().data())->control;
  }
  // The memory of models that train apart; only if list.models.
  [[nodiscard]] std::span<const std::byte> models() const { return files.back().bytes(); }
};

// A state that cannot be used.
struct StateLoss {
  std::string why;
  std::optional<std::uint64_t> committed = {};  // steps of the run, if known
};
using OnLoss = std::function<void(const StateLoss&)>;

// Steps that the dead run of this folder had committed, by its state; changes nothing. Nothing: not
// known.
[[nodiscard]] std::optional<std::uint64_t> committed_in(const StatePlace& place);

// Nothing: the run left no state, or none that can be trusted; `lost` gets the reason. Damaged or
// replaced files are detected and make the state unusable, which is no Error. Error (internal): the
// system cannot read them (descriptors, memory, a disk); they stay. Waits up to two seconds for
// cells that have not ended yet, then ends them. Error (usage): they do not end. The caller owns
// the run's lock.
[[nodiscard]] Result<std::optional<Recovered>> recover_state(const StatePlace& place,
                                                             const OnLoss& lost);

// Why a run of this model cannot continue with the state: the weights have the layout of another
// model, or are not those that the last step wrote. Empty: it can. Reads all weights once.
[[nodiscard]] std::string fault_of_weights(const Recovered& recovered, const nn::ModelPlan& plan,
                                           const store::WeightsLayout& wanted);

// Reads the committed weights and moments into the current version of `to`. Error (data): they are
// of another model.
template <class T>
[[nodiscard]] Status read_weights(const Recovered& recovered, const nn::ModelPlan& plan,
                                  store::Weights<T>& to);

// Copies the memory of models that train apart. Error (data): it is of other models.
[[nodiscard]] Status read_models(const Recovered& recovered, std::span<std::byte> to);

}  // namespace forknet::run
