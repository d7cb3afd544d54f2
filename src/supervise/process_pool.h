// Starts, watches and restarts the processes of a grid's cells. Knows no steps, and of weights only
// their descriptors. The destructor gives cells time to exit, then kills them.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/cell_spec.h"
#include "engine/engine.h"
#include "os/child_process.h"
#include "os/event.h"
#include "os/pipe.h"
#include "state/live_state.h"
#include "state/page_coordinator.h"
#include "supervise/cell_host.h"

namespace forknet::run {

class ProcessPool final : public CellHost {
 public:
  // All arguments outlive the pool. `arena`: mapped by all cells; not open if they share no memory.
  // `cells`: the maximum number.
  ProcessPool(const EngineJob& job, LiveState& state, const os::Fd& event, const os::Fd& arena,
              std::size_t cells);
  ~ProcessPool() override;
  ProcessPool(const ProcessPool&) = delete;
  ProcessPool& operator=(const ProcessPool&) = delete;

  [[nodiscard]] Status open();
  // Sends descriptors to a started cell. A failure is ignored: such a cell is dying.
  void send(std::size_t cell, std::uint32_t generation, std::span<const os::Fd* const> fds);

  // Kills all cells and waits for them: afterwards no process works on the run. Not counted as
  // deaths.
  void end_all();

  [[nodiscard]] Status start(std::size_t cell) override;
  [[nodiscard]] std::vector<Death> deaths() override;
  [[nodiscard]] Found look_for_stopped() const override;
  [[nodiscard]] bool is_stopped(std::size_t cell) const override;
  [[nodiscard]] bool runs(std::size_t cell) const override;
  void dismiss(std::size_t cell) override;
  void abort(std::size_t cell) override;
  void kill(std::size_t cell) override;
  [[nodiscard]] int pid(std::size_t cell) const override { return cells_[cell].pid; }
  void wait(std::int64_t timeout_ns) override;
  void give_up() override { patient_ = false; }
  [[nodiscard]] std::int64_t now() const override;

 private:
  struct Process {
    os::ChildProcess process;
    os::Fd socket;
    int pid = 0;  // of the last process
    bool lives = false;
    bool killed = false;  // by this process
  };
  [[nodiscard]] CellSpec spec_of(std::size_t cell) const;
  void watch();
  [[nodiscard]] bool memory_ran_out();

  const EngineJob& job_;
  LiveState& state_;
  PageCoordinator coordinator_;
  const os::Fd& event_;
  const os::Fd& arena_;
  os::Fd program_;
  os::Mapping view_;
  os::PipeEnds lifeline_;  // its end of file tells the cells that this process has died
  std::vector<Process> cells_;
  os::Watch watch_;
  bool patient_ = true;
  std::optional<std::uint64_t> memory_kills_;  // OOM kills of the whole machine, at the last look
};

}  // namespace forknet::run
