#include "os/thread.h"

#include <pthread.h>

#include <csignal>
#include <type_traits>

#include "os/system_error.h"

namespace forknet::os {
namespace {

static_assert(std::is_same_v<pthread_t, unsigned long>);

}  // namespace

void* Thread::enter(void* call) noexcept {
  const std::unique_ptr<Call> own(static_cast<Call*>(call));
  own->run();
  return nullptr;
}

Result<Thread> Thread::start_call(const std::string& what, std::unique_ptr<Call> call,
                                  std::size_t stack_bytes) {
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, stack_bytes);
  Thread thread;
  const int error = ::pthread_create(&thread.handle_, &attributes, enter, call.get());
  ::pthread_attr_destroy(&attributes);
  if (error != 0) {
    return Error{ErrorKind::internal, "cannot start " + what + ": " + errno_text(error) +
                                          cause_of("pthread_create", error)};
  }
  (void)call.release();  // the thread owns it now
  thread.runs_ = true;
  return thread;
}

Thread::Thread(Thread&& other) noexcept
    : handle_(other.handle_), runs_(std::exchange(other.runs_, false)) {}

Thread& Thread::operator=(Thread&& other) noexcept {
  if (this != &other) {
    join();
    handle_ = other.handle_;
    runs_ = std::exchange(other.runs_, false);
  }
  return *this;
}

Thread::~Thread() { join(); }

void Thread::join() {
  if (std::exchange(runs_, false)) ::pthread_join(handle_, nullptr);
}

void Thread::detach() {
  if (std::exchange(runs_, false)) ::pthread_detach(handle_);
}

struct WithoutSignals::Former {
  sigset_t mask = {};
};

WithoutSignals::WithoutSignals() : former_(std::make_unique<Former>()) {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &former_->mask);
}

WithoutSignals::~WithoutSignals() { ::pthread_sigmask(SIG_SETMASK, &former_->mask, nullptr); }

}  // namespace forknet::os
