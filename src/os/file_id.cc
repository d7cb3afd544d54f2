#include "os/file_id.h"

#include <sys/stat.h>

namespace forknet::os {

std::optional<FileId> file_id(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return FileId{status.st_dev, status.st_ino};
}

std::optional<FileId> file_id(const Fd& fd) {
  struct stat status = {};
  if (::fstat(fd.get(), &status) != 0) return std::nullopt;
  return FileId{status.st_dev, status.st_ino};
}

}  // namespace forknet::os
