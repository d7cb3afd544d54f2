// Transfers weights between the Supervisor and cells behind pipes: the first ones to every cell,
// trained ones back from the owners of the stages. Blocks while a pipe is full or empty; meanwhile
// the `look` of the channels is called. T is float or double.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <functional>
#include <span>

#include "cell/reducer.h"
#include "engine/engine.h"
#include "engine/pipes.h"
#include "state/coordinator.h"
#include "store/weights.h"

namespace forknet::run {

template <class T>
class ParameterTransfer {
 public:
  // All arguments outlive this object.
  ParameterTransfer(const EngineJob& job, store::Weights<T>& weights,
                    const Coordinator& coordinator)
      : job_(job), weights_(weights), coordinator_(coordinator) {}

  // Sets the Supervisor's channels for a generation; closes older ones. `begins`: called before
  // each piece that is sent or received; may be empty.
  void use(SupervisorChannels channels, std::uint32_t generation,
           std::function<void()> begins = {}) {
    channels_ = std::move(channels);
    generation_ = generation;
    begins_ = std::move(begins);
  }
  // Closes the channels, so that cells waiting for the Supervisor see end of file.
  void close() { channels_ = {}; }

  [[nodiscard]] bool all_have_weights() const;
  [[nodiscard]] bool has_weights(std::size_t cell) const { return coordinator_.has_weights(cell); }
  // Sends the first weights to all cells without any. Ignores a broken pipe: the death of a cell is
  // detected elsewhere.
  void send_first();
  // Receives the weights that the owners send at rest; once per rest. Error: an owner is gone.
  [[nodiscard]] Status receive();

 private:
  void begin_piece() const {
    if (begins_) begins_();
  }
  [[nodiscard]] Status send(std::size_t cell);
  [[nodiscard]] cell::TransferHead what(std::size_t region) const {
    return {generation_, coordinator_.committed(), static_cast<std::uint32_t>(region)};
  }

  const EngineJob& job_;
  store::Weights<T>& weights_;
  const Coordinator& coordinator_;
  SupervisorChannels channels_;
  std::uint32_t generation_ = 0;
  std::function<void()> begins_;
};

}  // namespace forknet::run
