// The weights of cells behind pipes, between them and the Supervisor: first ones to every cell,
// trained ones back from the supervisors of the stages. Blocks while a pipe is full or empty;
// whoever waits is looked after by the `look` of the channels. T is float or double.
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
  // All of it outlives the exchange.
  ParameterTransfer(const EngineJob& job, store::Weights<T>& weights,
                    const Coordinator& coordinator)
      : job_(job), weights_(weights), coordinator_(coordinator) {}

  // The Supervisor's ends in a generation, from now on; older ones are closed. `begins`: called
  // before each piece that is sent or received; may be empty.
  void use(SupervisorChannels channels, std::uint32_t generation,
           std::function<void()> begins = {}) {
    channels_ = std::move(channels);
    generation_ = generation;
    begins_ = std::move(begins);
  }
  // Cells that wait for the Supervisor hear that it is gone.
  void close() { channels_ = {}; }

  [[nodiscard]] bool all_have_weights() const;
  [[nodiscard]] bool has_weights(std::size_t cell) const { return coordinator_.has_weights(cell); }
  // To those that have none. A pipe that breaks is the end of a cell, which is found out elsewhere.
  void send_first();
  // What the supervisors send when they come to rest; once a rest. Error: one of them is gone.
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
