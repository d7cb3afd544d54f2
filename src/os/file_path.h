// Where a file lies: a path as its user gave it, in which links are followed; or a name in a
// private folder, in which nothing is followed:
//   FilePath("data/x.gz")                  the user's own wish
//   FilePath("runs/a") / "log.txt"         a name in the private folder runs/a
//   FilePath("runs/a") / "checkpoints" / "step-1.safetensors"
// The functions of os/file.h, os/durable_file.h, os/file_lock.h, os/local_socket.h and
// Mapping::file take either. What they do with a name in a private folder is relative to the
// folder's descriptor, and they refuse, by name and with what to do:
//   - to write, where the folder is another user's, or others may write into it;
//   - a folder that is a link, but for the outermost one (a run folder that was moved to another
//     disk): its link must belong to this user, to root, or to the owner of what it leads to;
//   - a file that is a link, no regular file, or of another owner than its folder;
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
  // Implicit: a path as its user gave it goes where a FilePath is asked for.
  FilePath(std::string path) : text_(std::move(path)) {}  // NOLINT(google-explicit-constructor)
  FilePath(const char* path) : text_(path) {}             // NOLINT(google-explicit-constructor)

  // This is a private folder; a name in it, without slashes.
  [[nodiscard]] FilePath operator/(std::string_view name) const;

  // For messages. Opening it would follow links.
  [[nodiscard]] const std::string& text() const { return text_; }
  // For those who look from outside, as tests do.
  operator std::filesystem::path() const { return text_; }  // NOLINT(google-explicit-constructor)
  // The private folder that it is a name in; null: it is the user's own path.
  [[nodiscard]] const FilePath* folder() const { return folder_.get(); }
  // The last part.
  [[nodiscard]] std::string name() const;
  // As a folder that is held open (hold_folder()); null: it is looked for at every use.
  [[nodiscard]] const Fd* held() const { return held_.get(); }

 private:
  friend Result<FilePath> hold_folder(const FilePath& folder);
  std::string text_;
  std::shared_ptr<const FilePath> folder_;
  std::shared_ptr<const Fd> held_;
};

// A private folder to write in, checked now and open for as long as a copy of what is returned
// lives: all names in it stay in this folder, whatever becomes of its path. Error (usage): it is
// not this user's alone.
[[nodiscard]] Result<FilePath> hold_folder(const FilePath& folder);

// Whether names in this private folder can be read. Error (usage): no such folder, or a link that
// leads to a third user's.
[[nodiscard]] Status check_folder(const FilePath& folder);

// The folder exists and is this user's.
[[nodiscard]] bool is_own_folder(const FilePath& folder);

}  // namespace forknet::os
