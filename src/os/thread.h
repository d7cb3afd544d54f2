// Owns one thread, whose stack has a size of its own: what RLIMIT_STACK says when the program is
// started (64 KiB, or no limit) does not matter. Move-only; the destructor joins. An exception that
// leaves the work ends the process.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace forknet::os {

// Of every thread that forknet starts. Taken from memory as far as it is used.
inline constexpr std::size_t kThreadStackBytes = std::size_t{2} << 20;

class Thread {
 public:
  Thread() = default;
  Thread(Thread&& other) noexcept;
  Thread& operator=(Thread&& other) noexcept;
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
  ~Thread();

  // work(), from now on. `what`: for the Error "cannot start WHAT: …".
  template <class Work>
  [[nodiscard]] static Result<Thread> start(const std::string& what, Work work,
                                            std::size_t stack_bytes = kThreadStackBytes) {
    return start_call(what, std::make_unique<CallOf<Work>>(std::move(work)), stack_bytes);
  }
  [[nodiscard]] bool runs() const { return runs_; }
  void join();
  // It ends by itself, or with the process.
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

// No signal is delivered to a thread that is started while it lives: the threads that compute take
// them, one after the other.
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
