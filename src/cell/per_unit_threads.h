// Many threads that sleep until their group is called; one group per layer. One futex word per
// group wakes all its threads; the last to finish wakes the caller. Made for far more threads than
// CPUs.
//
// Error: a thread cannot be created; the message has the numbers. run() allocates nothing. The
// destructor ends and joins the threads.
#pragma once

#include <forknet/result.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "os/thread.h"

namespace forknet::cell {

class PerUnitThreads {
 public:
  // sizes[g] threads in group g; thread i of group g is named "neuron g.i" in ps and top.
  [[nodiscard]] static Result<std::unique_ptr<PerUnitThreads>> create(
      const std::vector<std::size_t>& sizes);
  ~PerUnitThreads();
  PerUnitThreads(const PerUnitThreads&) = delete;
  PerUnitThreads& operator=(const PerUnitThreads&) = delete;

  [[nodiscard]] std::size_t size(std::size_t group) const { return groups_[group]->count; }

  // Each thread i of the group calls work(i); returns when all have. Call from one thread.
  template <class Work>
  void run(std::size_t group, Work&& work) {
    call_ = [](void* callable, std::size_t i) {
      (*static_cast<std::remove_reference_t<Work>*>(callable))(i);
    };
    callable_ = &work;
    run_group(*groups_[group]);
  }

 private:
  struct Group {
    alignas(64) std::atomic<std::uint32_t> round{
        0};  // release; pairs with the acquire of its threads
    alignas(64) std::atomic<std::uint32_t> left{0};  // acq_rel; the last one wakes the caller
    std::size_t count = 0;
  };

  PerUnitThreads() = default;
  [[nodiscard]] Status start(const std::vector<std::size_t>& sizes);
  void run_group(Group& group);
  void live(std::size_t group, std::size_t index);

  std::vector<std::unique_ptr<Group>> groups_;
  void (*call_)(void*, std::size_t) = nullptr;  // written before a group is woken
  void* callable_ = nullptr;                    // likewise
  std::atomic<bool> stopping_{false};
  std::vector<os::Thread> threads_;
};

}  // namespace forknet::cell
