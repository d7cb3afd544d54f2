// Which file or folder something is, whatever it is called: renaming keeps it, copying does not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "os/fd.h"

namespace forknet::os {

struct FileId {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  friend bool operator==(const FileId&, const FileId&) = default;
};

// Of what the path leads to (symlinks are followed); nothing when it cannot be seen.
[[nodiscard]] std::optional<FileId> file_id(const std::string& path);
[[nodiscard]] std::optional<FileId> file_id(const Fd& fd);

}  // namespace forknet::os
