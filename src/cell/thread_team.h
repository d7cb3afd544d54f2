// The workers of a grid, or of one cell, as threads of this process, started once. The first worker
// is the caller of run(); the others sleep in between. A team does not know their work.
//
// Error: a thread cannot be created. run() allocates nothing. The destructor ends and joins the
// threads.
#pragma once

#include <forknet/result.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <vector>

#include "cell/shares.h"
#include "os/barrier.h"
#include "os/thread.h"

namespace forknet::cell {

class ThreadTeam {
 public:
  // Workers `first` ... `first + count - 1` of the shape. spins: how they wait (os::spins_for).
  // pins: the CPU of each worker of the shape, or empty. The caller of run() binds itself and sets
  // its own scheduler slice (os/scheduler_slice.h).
  [[nodiscard]] static Result<std::unique_ptr<ThreadTeam>> create(
      const GridShape& shape, std::size_t first, std::size_t count, std::uint32_t spins,
      const std::vector<int>& pins = {});
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  // Each worker calls work(worker); returns when all have. Call from one thread at a time.
  template <class Work>
  void run(Work&& work) {
    call_ = [](void* callable, const Worker& worker) {
      (*static_cast<std::remove_reference_t<Work>*>(callable))(worker);
    };
    callable_ = &work;
    run_round();
  }

 private:
  // New threads wait behind the gate until all exist, so that a team that could not be started has
  // no thread in a barrier.
  enum class Gate : std::uint32_t { closed, open, abandoned };

  ThreadTeam(const GridShape& shape, std::size_t first, std::size_t count, std::uint32_t spins,
             std::vector<int> pins);
  [[nodiscard]] Status start();
  void open_gate(Gate gate);
  void run_round();
  void work(std::size_t index);

  const GridShape shape_;
  const std::size_t first_;
  const std::size_t count_;
  const bool short_slices_;
  const std::vector<int> pins_;
  os::Barrier all_;
  void (*call_)(void*, const Worker&) = nullptr;  // written by the first worker before a round
  void* callable_ = nullptr;                      // likewise
  bool stopping_ = false;                         // likewise
  std::atomic<std::uint32_t> gate_{0};
  std::vector<os::Thread> threads_;
};

}  // namespace forknet::cell
