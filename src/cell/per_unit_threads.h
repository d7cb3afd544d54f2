// Many threads that sleep until one group of them is called, a group for each layer: one futex word
// a group, wake all, the last to finish wakes the caller. For more threads than CPUs by far.
//
// Errors: threads that the system does not grant, with numbers. run() allocates nothing. The
// destructor ends and joins.
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
  // sizes[g] threads in group g; thread i of group g is called "neuron g.i" in ps and top.
  [[nodiscard]] static Result<std::unique_ptr<PerUnitThreads>> create(
      const std::vector<std::size_t>& sizes);
  ~PerUnitThreads();
  PerUnitThreads(const PerUnitThreads&) = delete;
  PerUnitThreads& operator=(const PerUnitThreads&) = delete;

  [[nodiscard]] std::size_t size(std::size_t group) const { return groups_[group]->count; }

  // work(i) by each thread i of the group; returns when all have done it. From one thread.
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
    alignas(64) std::atomic<std::uint32_t> turn{
        0};  // release; pairs with the acquire of its threads
    alignas(64) std::atomic<std::uint32_t> left{0};  // acq_rel; the last one wakes the caller
    std::size_t count = 0;
  };

  PerUnitThreads() = default;
  [[nodiscard]] Status start(const std::vector<std::size_t>& sizes);
  void run_group(Group& group);
  void live(std::size_t group, std::size_t index);

  std::vector<std::unique_ptr<Group>> groups_;
  void (*call_)(void*, std::size_t) = nullptr;  // written before a turn begins
  void* callable_ = nullptr;                    // likewise
  std::atomic<bool> stopping_{false};
  std::vector<os::Thread> threads_;
};

}  // namespace forknet::cell
