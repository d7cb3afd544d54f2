// A process for one test: it runs the given work and ends; otherwise its owner ends it.
#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

namespace forknet::os {

class ForkedChild {
 public:
  // work() -> its exit code. It shares no memory with the test, whatever it writes.
  template <class Work>
  explicit ForkedChild(Work work) : pid_(::fork()) {
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::_exit(work());
  }
  ForkedChild(const ForkedChild&) = delete;
  ForkedChild& operator=(const ForkedChild&) = delete;
  ~ForkedChild() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    (void)wait();
  }

  [[nodiscard]] int pid() const { return pid_; }
  // Its exit code, or what killed it as a negative number. Reaps it; once.
  int wait() {
    int status = 0;
    if (::waitpid(std::exchange(pid_, -1), &status, 0) < 0) return 1000;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t pid_;
};

// The exit code of `work` in a child.
template <class Work>
int in_child(Work work) {
  return ForkedChild(std::move(work)).wait();
}
// Within such work: the exit code is the line number of the first failed expectation, otherwise 0.
#define EXPECT_IN_CHILD(condition) \
  if (!(condition)) return __LINE__ % 250 + 1

// What a child does that will be killed.
inline int stay() {
  while (true) ::pause();
}

}  // namespace forknet::os
