// Cells behind pipes that are threads of this process: their memory is still their own. None of
// them dies alone: one that cannot go on ends the process.
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
  // All of it outlives the cells.
  ThreadCells(const EngineJob& job, LiveState& state, const os::Fd& event);
  // Joins. The cells must have been told that the run is over, and the Supervisor's ends of their
  // pipes be closed.
  ~ThreadCells();
  ThreadCells(const ThreadCells&) = delete;
  ThreadCells& operator=(const ThreadCells&) = delete;

  // Each takes its ends. Error: there is no room for a thread; those before it have been started.
  [[nodiscard]] Status start(GridPipes& pipes);
  // Until the event is told, or the time is over.
  void wait(std::int64_t timeout_ns);

 private:
  void live(std::size_t cell, std::vector<os::Fd> own);

  const EngineJob& job_;
  LiveState& state_;
  PageCoordinator coordinator_;  // used by all threads: it holds nothing but the page
  const os::Fd& event_;
  std::vector<CellSpec> specs_;
  std::vector<os::Thread> threads_;
  os::Watch watch_;
};

}  // namespace forknet::run
