// Cells behind pipes as threads of this process; each still has private memory. A cell that cannot
// continue ends the whole process.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <vector>

#include "engine/cell_spec.h"
#include "engine/engine.h"
#include "engine/pipes.h"
#include "os/event.h"
#include "os/fd.h"
#include "os/thread.h"
#include "state/live_state.h"
#include "state/page_coordinator.h"

namespace forknet::run {

template <class T>
class ThreadCells {
 public:
  // All arguments outlive the cells.
  ThreadCells(const EngineJob& job, LiveState& state, const os::Fd& event);
  // Joins the threads. Before, announce the end of the run and close the Supervisor's ends of their
  // pipes.
  ~ThreadCells();
  ThreadCells(const ThreadCells&) = delete;
  ThreadCells& operator=(const ThreadCells&) = delete;

  // Starts a thread per cell, which takes its pipe ends. Error: a thread could not be started;
  // earlier ones run.
  [[nodiscard]] Status start(GridPipes& pipes);
  // Blocks until the event is notified or the time is over.
  void wait(std::int64_t timeout_ns);

 private:
  void live(std::size_t cell, std::vector<os::Fd> own);

  const EngineJob& job_;
  LiveState& state_;
  PageCoordinator coordinator_;  // used by all threads; refers only to the page
  const os::Fd& event_;
  std::vector<CellSpec> specs_;
  std::vector<os::Thread> threads_;
  os::Watch watch_;
};

}  // namespace forknet::run
