// The Supervisor's part in bringing the cells of a grid together, generation after generation
// (coordinator.h): cells that have no process get one, all join, the generation is opened; when one
// has died meanwhile, the next one begins. Knows no weights, no pipes and no memory: what cells
// share is the owner's to lay out, in `Parts`.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <functional>

#include "state/coordinator.h"
#include "supervise/process_supervisor.h"

namespace forknet::run {

class RestartRound {
 public:
  // All of them: of the generation at hand. May be empty.
  struct Parts {
    std::function<void(std::uint32_t)> interrupt = {};  // nobody waits for one of an older one
    std::function<Status(std::uint32_t)> equip = {};  // all have processes: what they need to join
    std::function<void(std::uint32_t)> prepare = {};  // all have joined: what they will share
    std::function<void(std::uint32_t)> opened = {};   // they are at work
  };
  // Coordinator and supervisor outlive it.
  RestartRound(Coordinator& coordinator, ProcessSupervisor& supervisor, std::size_t cells,
               Parts parts)
      : coordinator_(coordinator),
        supervisor_(supervisor),
        cells_(cells),
        parts_(std::move(parts)) {}

  // The first one: every cell is started. Errors as the supervisor's.
  [[nodiscard]] Status begin();
  // Until something has happened or the time is over; those that have died meanwhile are replaced.
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
