#include "os/stop_signals.h"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <ctime>
#include <string>

#include "base/check.h"

namespace forknet::os {
namespace {

// A handler has no argument for a context, so its state is global.
std::atomic<int> stop_requested{0};
static_assert(std::atomic<int>::is_always_lock_free);
std::atomic<bool> installed{false};
// Effect of the first signal: a request, the end by the signal (0), or the end with an exit code.
constexpr int kRequest = -1;
std::atomic<int> first_does{kRequest};

// Ends the process as the signal does without a handler. Only async-signal-safe calls.
void end_by(int signal) {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  ::sigaction(signal, &action, nullptr);
  sigset_t only;
  ::sigemptyset(&only);
  ::sigaddset(&only, signal);
  ::raise(signal);
  ::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  ::_exit(128 + signal);  // reached in process 1 only
}

// `timeout` and a script's "kill 0" send the same signal twice, to the process and to its group.
constexpr std::int64_t kSameRequestNs = 50'000'000;
std::atomic<std::int64_t> requested_ns{0};

std::int64_t now_ns() {
  timespec now = {};
  ::clock_gettime(CLOCK_MONOTONIC, &now);  // async-signal-safe
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// False: an earlier signal has requested it already.
bool request_stop(int signal) {
  const int code = first_does;
  if (code > 0) ::_exit(code);
  if (code == 0) end_by(signal);
  int none = 0;
  if (!stop_requested.compare_exchange_strong(none, signal)) return false;
  requested_ns = now_ns();
  return true;
}

void on_stop(int signal) {
  if (request_stop(signal)) return;
  if (signal == stop_requested && now_ns() - requested_ns < kSameRequestNs) return;
  end_by(signal);
}

// The kernel repeats it every second and kills at the hard limit.
void on_limit(int signal) { (void)request_stop(signal); }

void on_quit(int signal) {
  // Writing the core of a large process takes long; QUIT must end it at once.
  rlimit limit = {};
  ::setrlimit(RLIMIT_CORE, &limit);
  end_by(signal);
}

struct Handling {
  int signal;
  void (*handler)(int);
};

constexpr std::size_t kHandled = 9;
const std::array<Handling, kHandled> kHandlings = {{{SIGTERM, on_stop},
                                                    {SIGXCPU, on_limit},
                                                    {SIGALRM, on_limit},
                                                    {SIGVTALRM, on_limit},
                                                    {SIGPROF, on_limit},
                                                    {SIGINT, on_stop},
                                                    {SIGQUIT, on_quit},
                                                    {SIGPIPE, SIG_IGN},
                                                    {SIGXFSZ, SIG_IGN}}};

}  // namespace

struct StopSignals::Former {
  std::array<struct sigaction, kHandled> actions = {};
};

StopSignals::StopSignals() : former_(std::make_unique<Former>()) {
  FORKNET_CHECK(!installed.exchange(true));
  stop_requested = 0;
  for (std::size_t i = 0; i < kHandled; ++i) {
    struct sigaction& former = former_->actions[i];
    ::sigaction(kHandlings[i].signal, nullptr, &former);
    if (former.sa_handler == SIG_IGN) continue;
    // A profiler loaded with the program has installed its own handler.
    if (kHandlings[i].handler == on_limit && former.sa_handler != SIG_DFL) continue;
    struct sigaction action = {};
    action.sa_handler = kHandlings[i].handler;
    action.sa_flags = SA_RESTART;
    ::sigemptyset(&action.sa_mask);
    ::sigaction(kHandlings[i].signal, &action, nullptr);
  }
}

void StopSignals::end_at_once(std::optional<int> code) { first_does = code.value_or(0); }
void StopSignals::ask() { (void)request_stop(SIGTERM); }
void StopSignals::wish() { first_does = kRequest; }

StopSignals::~StopSignals() {
  wish();
  for (std::size_t i = 0; i < kHandled; ++i) {
    ::sigaction(kHandlings[i].signal, &former_->actions[i], nullptr);
  }
  installed = false;
}

const std::atomic<int>& StopSignals::requested() const { return stop_requested; }

const char* signal_name(int signal) {
  static const auto names = [] {
    std::array<std::string, NSIG> all;
    for (int number = 1; number < NSIG; ++number) {
      const char* const name = ::sigabbrev_np(number);
      const auto place = static_cast<std::size_t>(number);
      if (name != nullptr) {
        all[place] = std::string("SIG") + name;
      } else if (number >= SIGRTMIN) {
        all[place] = "SIGRTMIN+" + std::to_string(number - SIGRTMIN);
      }
    }
    return all;
  }();
  const bool named =
      signal > 0 && signal < NSIG && !names[static_cast<std::size_t>(signal)].empty();
  return named ? names[static_cast<std::size_t>(signal)].c_str() : "a signal";
}

}  // namespace forknet::os
