// While it lives, no test removes the state of runs whose folder is not found, of all runs of this
// user (tests/apps/program_test.py, `runs clean --orphans`): such a state a test may just have
// made.
//
// Two locks, so that a cleaner need not wait for a moment without any holder: holders pass the
// gate, a cleaner closes it and waits for those inside. One per test: a second of the same test
// could wait for a cleaner that waits for the first.
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <string>

namespace forknet {

class NoClean {
 public:
  NoClean() : inside_(opened("inside")) {
    const int gate = opened("gate");
    (void)::flock(gate, LOCK_SH);
    (void)::flock(inside_, LOCK_SH);
    ::close(gate);
  }
  ~NoClean() { ::close(inside_); }
  NoClean(const NoClean&) = delete;
  NoClean& operator=(const NoClean&) = delete;

 private:
  static int opened(const std::string& what) {
    const auto path = std::filesystem::temp_directory_path() / ("forknet-tests.clean." + what);
    return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  }
  const int inside_;
};

}  // namespace forknet
