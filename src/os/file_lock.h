// An exclusive lock on a file that stands for something else, such as a run folder. The lock ends
// with its owner, even by death. Move-only.
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

  // Takes the lock without waiting, makes the file (mode 0600) if it is missing and writes this
  // process into it. Error (usage): another process holds it; names file and holder. Anything else
  // of that name (a link, a pipe, a file with a second name) is refused, not written. The file is
  // never removed, so that two processes cannot lock two files of one name.
  [[nodiscard]] static Result<FileLock> acquire(const FilePath& path);

  // The holder of the lock ("process 123 on host"); nothing if there is none, or no such file.
  // Queries only, never takes the lock.
  [[nodiscard]] static std::optional<std::string> holder(const FilePath& path);

  [[nodiscard]] bool held() const { return fd_.open(); }

 private:
  explicit FileLock(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

}  // namespace forknet::os
