// For src/os: a FilePath in the form that system calls take.
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
  // The FilePath must outlive it. Error: the private folder cannot be opened, or not used so.
  [[nodiscard]] static Result<FileAt> find(const FilePath& path, Use use);

  [[nodiscard]] int folder() const { return folder_; }
  [[nodiscard]] const char* name() const { return name_.c_str(); }
  [[nodiscard]] bool is_private() const { return path_->folder() != nullptr; }
  [[nodiscard]] int no_link() const;       // O_NOFOLLOW or nothing
  [[nodiscard]] int no_link_stat() const;  // AT_SYMLINK_NOFOLLOW or nothing

  // Why `call` failed with this errno, e.g. a link or a pipe has a name in a private folder.
  [[nodiscard]] Error failed(const char* call, int error, ErrorKind kind) const;
  // Checks that the opened file may be used. `in_place`: it will be written in place.
  [[nodiscard]] Status check(const struct stat& status, bool in_place, ErrorKind kind) const;

 private:
  explicit FileAt(const FilePath& path) : path_(&path) {}
  const FilePath* path_;
  Fd owned_;
  int folder_ = -1;
  uid_t owner_ = 0;  // of the private folder
  std::string name_;
};

// Opens a file (in a private folder: a regular one) and gets its status. Always O_CLOEXEC |
// O_NOCTTY; in a private folder O_NONBLOCK too: a pipe is refused without waiting.
[[nodiscard]] Result<Fd> open_at(const FilePath& path, int flags, ErrorKind kind,
                                 struct stat& status);

// Opens the folder itself, with `flags` added; as a private folder if it is a name in one.
[[nodiscard]] Result<Fd> open_folder_at(const FilePath& path, int flags);

// sync_folder() for an open folder. `text` is its path, for the error.
[[nodiscard]] Status sync_names(const Fd& folder, const std::string& text);

}  // namespace forknet::os
