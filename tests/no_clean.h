// While it lives, no test removes the state of runs whose folder is not found, of all runs of this
// user (tests/apps/program_test.py, `runs clean --orphans`): such states a test may just have made.
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>

namespace forknet {

class NoClean {
 public:
  NoClean()
      : fd_(::open((std::filesystem::temp_directory_path() / "forknet-tests.clean.lock").c_str(),
                   O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    (void)::flock(fd_, LOCK_SH);
  }
  ~NoClean() { ::close(fd_); }
  NoClean(const NoClean&) = delete;
  NoClean& operator=(const NoClean&) = delete;

 private:
  const int fd_;
};

}  // namespace forknet
