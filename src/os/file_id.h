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

// What is another when the file is written to or replaced by another one. Times in nanoseconds.
struct FileStamp {
  FileId id;
  std::uint64_t bytes = 0;
  std::int64_t written_ns = 0;
  std::int64_t changed_ns = 0;  // content, owner, mode or names
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};
// As file_id().
[[nodiscard]] std::optional<FileStamp> file_stamp(const std::string& path);

}  // namespace forknet::os
