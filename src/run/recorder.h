// Where a trainer leaves what must outlive it. The trainer knows nothing of folders and files: a
// run of the program records into its run folder, a library run records nothing.
#pragma once

#include <forknet/result.h>
#include <forknet/train.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "run/state/state_list.h"
#include "run/status.h"
#include "store/checkpoint.h"

namespace forknet::run {

class Recorder {
 public:
  virtual ~Recorder() = default;
  // A line of the history. Called in the step loop: allocates nothing.
  [[nodiscard]] virtual Status metrics(const Metrics& metrics) = 0;
  // Weights, moments and state at a step, durably. After an Error earlier ones are untouched.
  [[nodiscard]] virtual Status checkpoint(std::uint64_t step,
                                          std::span<const store::NamedTensor> tensors,
                                          const store::RunState& state) = 0;
  // The model that the run stands for from now on, durably.
  [[nodiscard]] virtual Status model(const ModelState& model) = 0;
  // How the run stands, for whoever asks; losing one is no harm.
  virtual void status(const Snapshot& snapshot) = 0;
  // Where the state of the last step may be kept; nothing: nowhere.
  [[nodiscard]] virtual std::optional<StatePlace> state_place() const { return std::nullopt; }
  // The one that was recorded last, maybe by a run before this one was resumed.
  [[nodiscard]] virtual Result<std::shared_ptr<const ModelState>> best_model() = 0;
};

}  // namespace forknet::run
