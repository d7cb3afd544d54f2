// What this process was started with does not matter: forknet's own processes (the program and its
// cells; never the program of a library's user) set here what they need, once, at the top of main.
// What is set, and why:
//   descriptors 0, 1, 2  one that is closed is opened, on /dev/null, such that its use fails with
//                        EBADF as before: or a file of the run would get its number, and messages
//   SIGCHLD              default: where it is ignored the kernel forgets how a cell ended
//   signal mask          empty: a blocked TERM would never come
//   SIGXFSZ              ignored: a file too large is an error of write()
//   umask                the user's own bits are not masked: a run reads the files that it writes
//   RLIMIT_NOFILE        soft limit raised to the hard one: a cell takes a handful of descriptors
//   RLIMIT_STACK         soft limit raised to 8 MiB where the hard one allows it (on_own_stack())
//   RLIMIT_CPU           soft limit below the hard one, which kills: SIGXCPU leaves time to save
//   as process 1         HUP, INT, QUIT and TERM end the process: the kernel does not do it there
// Left as they are: ignored INT, TERM, HUP and the like (nohup); timers, whose signals stop a run
// as TERM does (stop_signals.h); scheduling, CPUs, the working folder.
#pragma once

#include <forknet/result.h>

#include <functional>

namespace forknet::os {

// From the only thread. Errors of it are none: what cannot be set is told where it is missing.
void prepare_process();

// work(), on a stack of its own where this thread's cannot grow as far as it must (ulimit -s); its
// result. Signals then go to that stack's thread.
[[nodiscard]] int on_own_stack(const std::function<int()>& work);

}  // namespace forknet::os
