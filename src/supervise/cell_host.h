// What keeps the processes of cells, as far as who looks after them needs to know: the ProcessPool
// has real ones, a simulation in the suite has some that are none, and a clock of its own.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace forknet::run {

class CellHost {
 public:
  struct Death {
    std::size_t cell = 0;
    int pid = 0;
    std::string ending;     // "was killed by SIGKILL"
    bool own_fault = true;  // of the program
  };
  // Whether a cell is stopped (SIGSTOP) or held by a debugger.
  enum class Found { none, stopped, traced };

  virtual ~CellHost() = default;
  // A cell that has no process, or whose process has ended.
  [[nodiscard]] virtual Status start(std::size_t cell) = 0;
  // The cells that have died since the last call.
  [[nodiscard]] virtual std::vector<Death> deaths() = 0;
  [[nodiscard]] virtual Found look_for_stopped() const = 0;
  [[nodiscard]] virtual bool is_stopped(std::size_t cell) const = 0;
  // It has a CPU, or waits for one.
  [[nodiscard]] virtual bool runs(std::size_t cell) const = 0;
  // Ends a cell that is wanted no more, or not this process of it; it counts as no death.
  virtual void dismiss(std::size_t cell) = 0;
  // Both, of a cell that lives: its death is told later. abort: as a bug in it would.
  virtual void abort(std::size_t cell) = 0;
  virtual void kill(std::size_t cell) = 0;
  [[nodiscard]] virtual int pid(std::size_t cell) const = 0;
  // Until a cell dies, the cells have something to tell or the time is over.
  virtual void wait(std::int64_t timeout_ns) = 0;
  // Nobody need end by himself.
  virtual void give_up() = 0;
  // Monotonic nanoseconds.
  [[nodiscard]] virtual std::int64_t now() const = 0;
};

}  // namespace forknet::run
