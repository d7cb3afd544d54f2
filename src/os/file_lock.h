// One owner at a time for something that a file stands for, such as a run folder. The lock ends
// with its owner, however that dies. Move-only.
#pragma once

#include <forknet/result.h>

#include <optional>
#include <string>

#include "os/fd.h"
#include "os/file_path.h"

namespace forknet::os {

class FileLock {
 public:
  FileLock() = default;

  // Takes the lock without waiting, makes the file (mode 0600) when missing and notes this process
  // in it. When another holds it: an Error of kind usage that names file and holder. Something else
  // of that name (a link, a pipe, a file with a second name) is refused, not written. The file is
  // never removed, so that two processes can never lock two files of one name.
  [[nodiscard]] static Result<FileLock> acquire(const FilePath& path);

  // Who holds the lock ("process 123 on host"); nothing when nobody does or there is no such file.
  // Only asks, never takes.
  [[nodiscard]] static std::optional<std::string> holder(const FilePath& path);

  [[nodiscard]] bool held() const { return fd_.open(); }

 private:
  explicit FileLock(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

}  // namespace forknet::os
