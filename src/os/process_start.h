// Makes forknet's own processes (the program and its cells; never the program of a library's user)
// independent of the environment they were started in. Called once, at the top of main. What is
// set, and why:
//   descriptors 0, 1, 2  closed ones are opened, on /dev/null, such that their use fails with EBADF
//                        as before: otherwise a file of the run would get that number, and messages
//   SIGCHLD              default: if it is ignored the kernel discards how a cell ended
//   signal mask          empty: a blocked TERM would never arrive
//   SIGXFSZ              ignored: a file too large is an error of write()
//   umask                never masks the user's own bits: a run reads the files that it writes
//   RLIMIT_NOFILE        soft limit raised to the hard one: a cell takes several descriptors
//   RLIMIT_STACK         soft limit raised to 8 MiB if the hard one allows it (on_own_stack())
//   RLIMIT_CPU           soft limit below the hard one, which kills: SIGXCPU leaves time to save
//   as process 1         HUP, INT, QUIT and TERM end the process: the kernel does not do it there
// Unchanged: ignored INT, TERM, HUP and the like (nohup); timers, whose signals stop a run as TERM
// does (stop_signals.h); scheduling, CPUs, the working folder.
#pragma once

#include <forknet/result.h>

#include <functional>

namespace forknet::os {

// Call from the only thread. Reports no errors: a missing resource is reported where it is used.
void prepare_process();

// Runs work() and returns its result; on a larger stack if this thread's cannot grow as far as it
// must (ulimit -s). Signals then go to the thread with that stack.
[[nodiscard]] int on_own_stack(const std::function<int()>& work);

}  // namespace forknet::os
