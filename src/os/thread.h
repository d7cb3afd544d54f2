// Owns one thread. Its stack has a fixed size, independent of RLIMIT_STACK (64 KiB, or no limit).
// Move-only; the destructor joins. An exception that leaves the work ends the process.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace forknet::os {

// For every thread that forknet starts. Memory is taken only as far as the stack is used.
inline constexpr std::size_t kThreadStackBytes = std::size_t{2} << 20;

class Thread {
 public:
  Thread() = default;
  Thread(Thread&& other) noexcept;
  Thread& operator=(Thread&& other) noexcept;
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
  ~Thread();

  // Runs work() on a new thread. `what`: for the Error "cannot start WHAT: …".
  template <class Work>
  [[nodiscard]] static Result<Thread> start(const std::string& what, Work work,
                                            std::size_t stack_bytes = kThreadStackBytes) {
    return start_call(what, std::make_unique<CallOf<Work>>(std::move(work)), stack_bytes);
  }
  [[nodiscard]] bool runs() const { return runs_; }
  void join();
  // The thread ends by itself, or with the process.
  void detach();

 private:
  struct Call {
    Call() = default;
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    virtual ~Call() = default;
    virtual void run() = 0;
  };
  template <class Work>
  struct CallOf final : Call {
    explicit CallOf(Work given) : work(std::move(given)) {}
    void run() override { work(); }
    Work work;
  };
  [[nodiscard]] static Result<Thread> start_call(const std::string& what,
                                                 std::unique_ptr<Call> call,
                                                 std::size_t stack_bytes);
  static void* enter(void* call) noexcept;

  unsigned long handle_ = 0;  // pthread_t, whose header stays in src/os
  bool runs_ = false;
};

// Threads started while it lives block all signals; signals then go to the computing threads.
class WithoutSignals {
 public:
  WithoutSignals();
  ~WithoutSignals();
  WithoutSignals(const WithoutSignals&) = delete;
  WithoutSignals& operator=(const WithoutSignals&) = delete;

 private:
  struct Former;
  std::unique_ptr<Former> former_;
};

}  // namespace forknet::os
