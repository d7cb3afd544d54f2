// The processes of a grid's cells: started, watched, started again. Knows no steps and no weights
// but for their descriptors. The destructor gives cells time to end by themselves, then ends them.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <string>
#include <vector>

#include "os/child_process.h"
#include "os/event.h"
#include "os/pipe.h"
#include "run/grid/cell_spec.h"
#include "run/grid/engine.h"
#include "run/state/live_state.h"

namespace forknet::run {

class Fleet {
 public:
  // All of it outlives the fleet. `arena`: what all cells map; not open with channel = "pipe".
  // `cells`: how many there may be.
  Fleet(const EngineJob& job, LiveState& state, const os::Fd& event, const os::Fd& arena,
        std::size_t cells);
  ~Fleet();
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  [[nodiscard]] Status open();
  // A cell that has no process, or whose process has ended.
  [[nodiscard]] Status start(std::size_t cell);
  // Descriptors for a cell that was started; one that takes none is as good as dead.
  void send(std::size_t cell, std::uint32_t generation, std::span<const os::Fd* const> fds);

  struct Death {
    std::size_t cell = 0;
    int pid = 0;
    std::string ending;     // "was killed by SIGKILL"
    bool own_fault = true;  // of the program
    bool gave_up = false;   // said itself that it cannot go on
  };
  // The cells that have died since the last call.
  [[nodiscard]] std::vector<Death> deaths();
  // Whether a cell is stopped (SIGSTOP) or held by a debugger.
  enum class Found { none, stopped, traced };
  [[nodiscard]] Found look_for_stopped() const;
  void end_stopped();
  // Ends a cell that is wanted no more, or not this process of it; it counts as no death.
  void dismiss(std::size_t cell);
  // Aborts a cell that lives.
  void abort(std::size_t cell);
  [[nodiscard]] int pid(std::size_t cell) const { return cells_[cell].pid; }
  // Until a cell dies, the event is told or the time is over.
  void wait(std::int64_t timeout_ns);
  // Nobody need end by himself.
  void give_up() { patient_ = false; }

 private:
  struct Member {
    os::ChildProcess process;
    os::Fd socket;
    int pid = 0;  // of the last process
    bool lives = false;
  };
  [[nodiscard]] CellSpec spec_of(std::size_t cell) const;
  void watch();

  const EngineJob& job_;
  LiveState& state_;
  const os::Fd& event_;
  const os::Fd& arena_;
  os::Fd program_;
  os::Mapping view_;
  os::PipeEnds lifeline_;  // its end of file tells the cells that this process is gone
  std::vector<Member> cells_;
  os::Watch watch_;
  bool patient_ = true;
};

}  // namespace forknet::run
