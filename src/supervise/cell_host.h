// Interface between the ProcessSupervisor and the processes of cells. ProcessPool has real
// processes; the simulation in the tests has simulated ones and a clock of its own.
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
    bool own_fault = true;  // true: a fault of the program
  };
  // Whether a cell is stopped (SIGSTOP) or held by a debugger.
  enum class Found { none, stopped, traced };

  virtual ~CellHost() = default;
  // Starts a cell that has no process, or whose process has ended.
  [[nodiscard]] virtual Status start(std::size_t cell) = 0;
  // The cells that have died since the last call.
  [[nodiscard]] virtual std::vector<Death> deaths() = 0;
  [[nodiscard]] virtual Found look_for_stopped() const = 0;
  [[nodiscard]] virtual bool is_stopped(std::size_t cell) const = 0;
  // True: the process is running or runnable.
  [[nodiscard]] virtual bool runs(std::size_t cell) const = 0;
  // Ends a process that is no longer needed; this does not count as a death.
  virtual void dismiss(std::size_t cell) = 0;
  // Both end a live process; deaths() reports it later. abort: by SIGABRT, as a bug would.
  virtual void abort(std::size_t cell) = 0;
  virtual void kill(std::size_t cell) = 0;
  [[nodiscard]] virtual int pid(std::size_t cell) const = 0;
  // Blocks until a cell dies, the cells notify the event or the time is over.
  virtual void wait(std::int64_t timeout_ns) = 0;
  // Do not wait for a voluntary exit.
  virtual void give_up() = 0;
  // Monotonic nanoseconds.
  [[nodiscard]] virtual std::int64_t now() const = 0;
};

}  // namespace forknet::run
