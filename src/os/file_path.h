// The place of a file: a path as its user gave it, in which links are followed; or a name in a
// private folder, in which no link is followed:
//   FilePath("data/x.gz")                  the user's own path
//   FilePath("runs/a") / "log.txt"         a name in the private folder runs/a
//   FilePath("runs/a") / "checkpoints" / "step-1.safetensors"
// The functions of os/file.h, os/durable_file.h, os/file_lock.h, os/local_socket.h and
// Mapping::file take either. For a name in a private folder they work relative to the folder's
// descriptor, and they refuse, naming the object and what to do:
//   - to write, if the folder belongs to another user, or others may write into it;
//   - a folder that is a link, except the outermost one (a run folder that was moved to another
//     disk): its link must belong to this user, to root, or to the owner of the target;
//   - a file that is a link, not a regular file, or of another owner than its folder;
//   - to write in place into a file that has a second name.
#pragma once

#include <forknet/result.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "os/fd.h"

namespace forknet::os {

class FilePath {
 public:
  // Implicit: a path as its user gave it converts to a FilePath.
  FilePath(std::string path) : text_(std::move(path)) {}  // NOLINT(google-explicit-constructor)
  FilePath(const char* path) : text_(path) {}             // NOLINT(google-explicit-constructor)

  // A name, without slashes, in this folder, which is private.
  [[nodiscard]] FilePath operator/(std::string_view name) const;

  // For messages. Do not open it: that would follow links.
  [[nodiscard]] const std::string& text() const { return text_; }
  // For callers outside forknet, such as tests.
  operator std::filesystem::path() const { return text_; }  // NOLINT(google-explicit-constructor)
  // The private folder that contains the name; null: this is the user's own path.
  [[nodiscard]] const FilePath* folder() const { return folder_.get(); }
  // The last part.
  [[nodiscard]] std::string name() const;
  // The folder itself, if it is held open (hold_folder()); null: it is looked up at every use.
  [[nodiscard]] const Fd* held() const { return held_.get(); }

 private:
  friend Result<FilePath> hold_folder(const FilePath& folder);
  std::string text_;
  std::shared_ptr<const FilePath> folder_;
  std::shared_ptr<const Fd> held_;
};

// A private folder to write in, checked now and open while a copy of the result lives: all names in
// it stay in this folder, even if its path changes. Error (usage): it is not this user's alone.
[[nodiscard]] Result<FilePath> hold_folder(const FilePath& folder);

// Whether names in this private folder can be read. Error (usage): no such folder, or a link to a
// folder of a third user.
[[nodiscard]] Status check_folder(const FilePath& folder);

// Whether the folder exists and belongs to this user.
[[nodiscard]] bool is_own_folder(const FilePath& folder);

}  // namespace forknet::os
