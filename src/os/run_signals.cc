#include "os/run_signals.h"

#include <fcntl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <utility>

#include "os/system_error.h"

namespace forknet::os {
namespace {

struct Named {
  int number;
  RunSignal signal;
};

// SIGRTMIN is known at run time only.
std::array<Named, 9> all() {
  return {{{SIGUSR1, RunSignal::checkpoint},
           {SIGUSR2, RunSignal::snapshot},
           {SIGHUP, RunSignal::hang_up},
           {SIGTTIN, RunSignal::more},
           {SIGTTOU, RunSignal::fewer},
           {SIGTSTP, RunSignal::suspend},
           {SIGCONT, RunSignal::go_on},
           {SIGRTMIN, RunSignal::hold},
           {SIGRTMIN + 1, RunSignal::release}}};
}

sigset_t set_of_all() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const Named& named : all()) ::sigaddset(&set, named.number);
  return set;
}

// The signals that were not ignored at the start.
sigset_t not_ignored() {
  sigset_t wanted;
  ::sigemptyset(&wanted);
  for (const Named& named : all()) {
    struct sigaction action = {};
    ::sigaction(named.number, nullptr, &action);
    if (action.sa_handler != SIG_IGN) ::sigaddset(&wanted, named.number);
  }
  return wanted;
}

}  // namespace

Result<RunSignals> RunSignals::open() {
  RunSignals signals;
  const sigset_t wanted = not_ignored();
  signals.fd_ = Fd(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals.fd_.open() && !is_denial(errno)) return system_error("signalfd", "of a run");
  signals.owns_ = true;
  signals.had_terminal_ = has_terminal();
  sigset_t early = wanted;
  ::sigdelset(&early, SIGTSTP);
  if (signals.had_terminal_) ::sigdelset(&early, SIGHUP);
  ::pthread_sigmask(SIG_BLOCK, &early, nullptr);
  return signals;
}

void RunSignals::begin() const {
  const sigset_t wanted = not_ignored();
  ::pthread_sigmask(SIG_BLOCK, &wanted, nullptr);
}

RunSignals::RunSignals(RunSignals&& other) noexcept
    : fd_(std::move(other.fd_)),
      owns_(std::exchange(other.owns_, false)),
      had_terminal_(other.had_terminal_) {}

RunSignals::~RunSignals() {
  if (!owns_) return;
  while (next()) {
  }
  const sigset_t set = set_of_all();
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

std::optional<RunSignal> RunSignals::next() const {
  const sigset_t set = set_of_all();
  const timespec at_once = {};
  siginfo_t info = {};
  int number = 0;
  while ((number = retry_interrupted([&] { return ::sigtimedwait(&set, &info, &at_once); })) > 0) {
    const bool of_terminal = info.si_code == SI_KERNEL;
    if (of_terminal && (number == SIGTTIN || number == SIGTTOU)) continue;
    for (const Named& named : all()) {
      if (named.number == number) return named.signal;
    }
  }
  return std::nullopt;
}

void stop_this_process() { ::raise(SIGSTOP); }

bool has_terminal() {
  const Fd terminal(::open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  return terminal.open();
}

}  // namespace forknet::os
