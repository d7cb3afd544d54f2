// The identity of a file or folder, independent of its name: a rename keeps it, a copy has its own.
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

// Follows symlinks; nothing if the file is not accessible.
[[nodiscard]] std::optional<FileId> file_id(const std::string& path);
[[nodiscard]] std::optional<FileId> file_id(const Fd& fd);

// Changes when the file is written to or replaced. Times in nanoseconds.
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
