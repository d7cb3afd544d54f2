// For src/os: a FilePath as the calls of the system take it.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <string>

#include "os/file_path.h"

namespace forknet::os {

// openat(at.folder(), at.name(), flags | at.no_link()).
class FileAt {
 public:
  enum class Use { read, write };
  // The FilePath outlives it. Error: the private folder cannot be opened, or may not be used so.
  [[nodiscard]] static Result<FileAt> find(const FilePath& path, Use use);

  [[nodiscard]] int folder() const { return folder_; }
  [[nodiscard]] const char* name() const { return name_.c_str(); }
  [[nodiscard]] bool is_private() const { return path_->folder() != nullptr; }
  [[nodiscard]] int no_link() const;       // O_NOFOLLOW or nothing
  [[nodiscard]] int no_link_stat() const;  // AT_SYMLINK_NOFOLLOW or nothing

  // Why `call` failed with this errno: a link, a pipe … in the way of a name in a private folder.
  [[nodiscard]] Error failed(const char* call, int error, ErrorKind kind) const;
  // What was opened may be used. `in_place`: it will be written where it is.
  [[nodiscard]] Status check(const struct stat& status, bool in_place, ErrorKind kind) const;

 private:
  explicit FileAt(const FilePath& path) : path_(&path) {}
  const FilePath* path_;
  Fd owned_;
  int folder_ = -1;
  uid_t owner_ = 0;  // of the private folder
  std::string name_;
};

// Opens a file (a regular one, in a private folder) and looks at it. O_CLOEXEC | O_NOCTTY always;
// in a private folder O_NONBLOCK, too: opening a pipe does not wait before it is refused.
[[nodiscard]] Result<Fd> open_at(const FilePath& path, int flags, ErrorKind kind,
                                 struct stat& status);

// The folder itself, open with `flags` more; a private one when it is a name in a private folder.
[[nodiscard]] Result<Fd> open_folder_at(const FilePath& path, int flags);

// sync_folder() of one that is open. `text` is its path, for the error.
[[nodiscard]] Status sync_names(const Fd& folder, const std::string& text);

}  // namespace forknet::os
