// The threads that work on one batch together, started once. Member 0 is whoever calls run(), the
// others sleep in between. A team knows nothing of what they do.
//
// Errors: threads that the system does not grant. run() and the meetings allocate nothing. The
// destructor ends and joins.
#pragma once

#include <forknet/result.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <type_traits>
#include <vector>

#include "cell/shares.h"
#include "os/barrier.h"

namespace forknet::cell {

class Team {
 public:
  // cpus: how many CPUs they may use at a time, which decides how they wait.
  [[nodiscard]] static Result<std::unique_ptr<Team>> create(GridShape shape, std::size_t cpus);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  [[nodiscard]] const GridShape& shape() const { return shape_; }

  // work(member) by every member; returns when all have done it. From one thread at a time.
  template <class Work>
  void run(Work&& work) {
    call_ = [](void* callable, const Member& member) {
      (*static_cast<std::remove_reference_t<Work>*>(callable))(member);
    };
    callable_ = &work;
    run_round();
  }

  // Within run(): returns when all members have called it; when all threads of the replica have.
  void meet_all() { all_.wait(); }
  void meet_replica(const Member& member) {
    if (shape_.threads > 1) replicas_[member.replica()]->wait();
  }

 private:
  // Behind it the threads wait until all of them exist: a team that could not be started has
  // nobody in a barrier.
  enum class Gate : std::uint32_t { closed, open, abandoned };

  Team(GridShape shape, std::size_t cpus);
  [[nodiscard]] Status start();
  void open_gate(Gate gate);
  void run_round();
  void work(std::size_t index);

  const GridShape shape_;
  os::Barrier all_;
  std::vector<std::unique_ptr<os::Barrier>> replicas_;
  void (*call_)(void*, const Member&) = nullptr;  // written by member 0 before a round begins
  void* callable_ = nullptr;                      // likewise
  bool stopping_ = false;                         // likewise
  std::atomic<std::uint32_t> gate_{0};
  std::vector<std::thread> threads_;
};

}  // namespace forknet::cell
