// The Supervisor's part in bringing the cells of a grid together in a generation (coordinator.h).
// Starts cells that have no process, waits until all join and opens the generation; if a cell dies
// meanwhile, begins the next one. Knows no weights, pipes or memory: the caller lays out what cells
// share, in `Parts`.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <functional>

#include "state/coordinator.h"
#include "supervise/process_supervisor.h"

namespace forknet::run {

class RestartRound {
 public:
  // Callbacks with the number of the current generation. Each may be empty.
  struct Parts {
    std::function<void(std::uint32_t)> interrupt = {};  // end waits in older generations
    std::function<Status(std::uint32_t)> equip =
        {};  // all cells have processes: give them what they need to join
    std::function<void(std::uint32_t)> prepare = {};  // all have joined: prepare what they share
    std::function<void(std::uint32_t)> opened = {};   // the cells are working
  };
  // Coordinator and supervisor outlive this object.
  RestartRound(Coordinator& coordinator, ProcessSupervisor& supervisor, std::size_t cells,
               Parts parts)
      : coordinator_(coordinator),
        supervisor_(supervisor),
        cells_(cells),
        parts_(std::move(parts)) {}

  // Begins the first generation; starts every cell. Errors as ProcessSupervisor::gather().
  [[nodiscard]] Status begin();
  // Blocks until an event or the time is over; replaces cells that have died meanwhile.
  [[nodiscard]] Status look_after(std::int64_t timeout_ns);

  [[nodiscard]] std::uint32_t number() const { return number_; }

 private:
  [[nodiscard]] Status gather(ProcessSupervisor::Cells missing);
  void begin_next();

  Coordinator& coordinator_;
  ProcessSupervisor& supervisor_;
  const std::size_t cells_;
  const Parts parts_;
  std::uint32_t number_ = 0;
};

}  // namespace forknet::run
