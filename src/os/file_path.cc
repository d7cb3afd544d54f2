#include "os/file_path.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/check.h"
#include "base/try.h"
#include "os/failpoint.h"
#include "os/file.h"
#include "os/file_at.h"
#include "os/system_error.h"

namespace forknet::os {
namespace {

std::string user_text(uid_t user) { return "user " + std::to_string(user); }

std::string octal(mode_t mode) {
  std::string text;
  for (const int shift : {9, 6, 3, 0}) {
    text += static_cast<char>('0' + ((mode >> static_cast<unsigned>(shift)) & 7U));
  }
  return text;
}

Error refused(const std::string& text) { return {ErrorKind::usage, text}; }

Error is_link(const std::string& text) {
  return refused(text +
                 ": is a link; in a run folder no link is followed\n  remove the link, or put what "
                 "it leads to in its place");
}

Error not_regular(const std::string& text) {
  return refused(text +
                 ": a regular file was expected, not a pipe, a socket or a device\n  remove it");
}

Error folder_not_file(const std::string& text) {
  return refused(text + ": is a folder, but a file was expected\n  move it away");
}

Error file_not_folder(const std::string& text) {
  return refused(text + ": is a file, but a folder was expected\n  move it away");
}

std::string without_slashes(std::string text) {
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

// A link to a folder may be followed if its owner could have put the folder there.
Result<Fd> through_link(const FilePath& path, const struct stat& link) {
  const std::string text = without_slashes(path.text());
  Fd fd(::open(text.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  struct stat status = {};
  if (!fd.open() || ::fstat(fd.get(), &status) != 0) return system_error("open", text);
  const uid_t maker = link.st_uid;
  if (maker == ::geteuid() || maker == 0 || maker == status.st_uid) return fd;
  return refused(text + ": is a link that " + user_text(maker) + " made, to a folder of " +
                 user_text(status.st_uid) + "; it is not followed\n  name the folder itself");
}

// The folder, open for use with *at() calls.
Result<Fd> open_private(const FilePath& path) {
  const FilePath* parent = path.folder();
  Fd outer;
  int at = AT_FDCWD;
  std::string name = without_slashes(path.text());
  if (parent != nullptr) {
    name = path.name();
    if (parent->held() == nullptr) {
      FORKNET_ASSIGN(outer, open_private(*parent));
    }
    at = parent->held() != nullptr ? parent->held()->get() : outer.get();
  }
  Fd fd(retry_interrupted(
      [&] { return ::openat(at, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC); }));
  if (fd.open()) return fd;
  const int error = errno;
  struct stat status = {};
  const bool is_a_link =
      ::fstatat(at, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
  if (is_a_link && parent == nullptr) return through_link(path, status);
  if (is_a_link) return is_link(path.text());
  if (error == ENOTDIR && parent != nullptr) return file_not_folder(path.text());
  return system_error("open", path.text(), error);
}

Status check_writable(const FilePath& folder, const struct stat& status) {
  if (status.st_uid != ::geteuid()) {
    return refused(folder.text() + ": belongs to " + user_text(status.st_uid) + ", and this is " +
                   user_text(::geteuid()) +
                   "; nothing is written into folders of others\n  run forknet as that user, or "
                   "give yourself the folder: chown -R\n  on a file system that keeps no owners "
                   "choose another run.dir");
  }
  constexpr mode_t kOthersWrite = 022;
  if ((status.st_mode & kOthersWrite) == 0) return {};
  return refused(folder.text() + ": others may write into this folder (mode " +
                 octal(status.st_mode & 07777) +
                 "), so what is in it cannot be trusted\n  look whether it is still yours, then: "
                 "chmod go-w " +
                 folder.text() + "\n  on a file system that keeps no modes choose another run.dir");
}

}  // namespace

FilePath FilePath::operator/(std::string_view name) const {
  FORKNET_CHECK(!name.empty() && name.find('/') == std::string_view::npos && name != "." &&
                name != "..");
  FilePath inner(without_slashes(text_) + "/" + std::string(name));
  inner.folder_ = std::make_shared<const FilePath>(*this);
  return inner;
}

std::string FilePath::name() const { return name_of(without_slashes(text_)); }

Result<FilePath> hold_folder(const FilePath& folder) {
  FORKNET_ASSIGN(Fd fd, open_private(folder));
  struct stat status = {};
  if (::fstat(fd.get(), &status) != 0) return system_error("fstat", folder.text());
  FORKNET_TRY(check_writable(folder, status));
  FilePath held = folder;
  held.held_ = std::make_shared<const Fd>(std::move(fd));
  return held;
}

Status check_folder(const FilePath& folder) {
  const auto fd = open_private(folder);
  return fd.ok() ? Status() : Status(Error{ErrorKind::usage, fd.error().message});
}

bool is_own_folder(const FilePath& folder) {
  const auto fd = open_private(folder);
  struct stat status = {};
  return fd.ok() && ::fstat(fd->get(), &status) == 0 && status.st_uid == ::geteuid();
}

Result<FileAt> FileAt::find(const FilePath& path, Use use) {
  FileAt at(path);
  at.folder_ = AT_FDCWD;
  at.name_ = path.text();
  const FilePath* folder = path.folder();
  if (folder == nullptr) return at;
  at.name_ = path.name();
  if (folder->held() == nullptr) {
    FORKNET_ASSIGN(at.owned_, open_private(*folder));
  }
  at.folder_ = folder->held() != nullptr ? folder->held()->get() : at.owned_.get();
  struct stat status = {};
  if (::fstat(at.folder_, &status) != 0) return system_error("fstat", folder->text());
  at.owner_ = status.st_uid;
  if (use == Use::write) FORKNET_TRY(check_writable(*folder, status));
  return at;
}

int FileAt::no_link() const { return is_private() ? O_NOFOLLOW : 0; }
int FileAt::no_link_stat() const { return is_private() ? AT_SYMLINK_NOFOLLOW : 0; }

Error FileAt::failed(const char* call, int error, ErrorKind kind) const {
  struct stat status = {};
  if (is_private() && ::fstatat(folder_, name(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
    if (S_ISLNK(status.st_mode)) return is_link(path_->text());
    if (error == ENXIO) return not_regular(path_->text());  // a pipe or a socket
    if (error == EISDIR) return folder_not_file(path_->text());
    if (error == EEXIST && !S_ISDIR(status.st_mode)) return file_not_folder(path_->text());
  }
  return system_error(call, path_->text(), error, kind);
}

Status FileAt::check(const struct stat& status, bool in_place, ErrorKind kind) const {
  const std::string& text = path_->text();
  if (S_ISDIR(status.st_mode)) {
    return Error{kind, "open " + text + ": this is a folder, but a file was expected"};
  }
  if (!is_private()) return {};
  if (!S_ISREG(status.st_mode)) return not_regular(text);
  if (status.st_uid != owner_) {
    return refused(text + ": belongs to " + user_text(status.st_uid) + ", its folder to " +
                   user_text(owner_) + "; it is not trusted\n  remove it, or: chown -R");
  }
  if (!in_place || status.st_nlink == 1) return {};
  return refused(text +
                 ": has a second name (a hard link); writing it would change that file too\n  put "
                 "a copy in its place: cp and mv");
}

Result<Fd> open_at(const FilePath& path, int flags, ErrorKind kind, struct stat& status) {
  const bool writes = (flags & O_ACCMODE) != O_RDONLY;
  FORKNET_ASSIGN(const FileAt at,
                 FileAt::find(path, writes ? FileAt::Use::write : FileAt::Use::read));
  const int more = O_CLOEXEC | O_NOCTTY | at.no_link() | (at.is_private() ? O_NONBLOCK : 0);
  Fd fd(retry_interrupted([&] {
    return FORKNET_OR_FAIL("file/open", ::openat(at.folder(), at.name(), flags | more, 0600));
  }));
  if (!fd.open()) return at.failed("open", errno, kind);
  if (::fstat(fd.get(), &status) != 0) return system_error("fstat", path.text(), errno, kind);
  FORKNET_TRY(at.check(status, writes, kind));
  return fd;
}

Result<Fd> open_folder_at(const FilePath& path, int flags) {
  if (path.folder() == nullptr && path.held() == nullptr) {
    Fd fd(retry_interrupted(
        [&] { return ::open(path.text().c_str(), flags | O_DIRECTORY | O_CLOEXEC); }));
    if (!fd.open()) return system_error("open", path.text());
    return fd;
  }
  Fd owned;
  if (path.held() == nullptr) {
    FORKNET_ASSIGN(owned, open_private(path));
  }
  const int at = path.held() != nullptr ? path.held()->get() : owned.get();
  Fd fd(retry_interrupted([&] { return ::openat(at, ".", flags | O_DIRECTORY | O_CLOEXEC); }));
  if (!fd.open()) return system_error("open", path.text());
  return fd;
}

}  // namespace forknet::os
