// The part of os/file.h about names, folders and links.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "base/try.h"
#include "os/failpoint.h"
#include "os/file.h"
#include "os/file_at.h"
#include "os/system_error.h"

namespace forknet::os {
namespace {

Error no_folder(const std::string& path) {
  return {ErrorKind::internal, path + ": is not a folder\n  a folder was expected"};
}

// True: made. False: a folder of that name existed.
Result<bool> make_one(const FilePath& path, unsigned mode) {
  FORKNET_ASSIGN(const FileAt at, FileAt::find(path, FileAt::Use::write));
  if (::mkdirat(at.folder(), at.name(), static_cast<mode_t>(mode)) == 0) {
    // A power cut removes a folder whose name was not synced, with everything in it.
    const std::string& text = path.text();
    FORKNET_TRY(sync_folder(path.folder() != nullptr
                                ? *path.folder()
                                : folder_of(text.substr(0, text.find_last_not_of('/') + 1))));
    return true;
  }
  const int error = errno;
  struct stat status = {};
  if (error == EEXIST && ::fstatat(at.folder(), at.name(), &status, at.no_link_stat()) == 0 &&
      S_ISDIR(status.st_mode)) {
    return false;
  }
  if (error == EEXIST) return no_folder(path.text());
  return at.failed("mkdir", error, ErrorKind::internal);
}

}  // namespace

std::string folder_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string name_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

bool exists(const FilePath& path) {
  const auto at = FileAt::find(path, FileAt::Use::read);
  struct stat status = {};
  return at.ok() && ::fstatat(at->folder(), at->name(), &status, at->no_link_stat()) == 0;
}

Status remove_file(const FilePath& path) {
  FORKNET_ASSIGN(const FileAt at, FileAt::find(path, FileAt::Use::write));
  if (::unlinkat(at.folder(), at.name(), 0) != 0 && errno != ENOENT) {
    return system_error("unlink", path.text());
  }
  return {};
}

Result<bool> make_folder(const FilePath& folder, unsigned mode, bool parents) {
  if (parents) {
    const std::string& path = folder.text();
    for (auto slash = path.find('/', 1); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
      if (slash + 1 == path.size()) break;  // "a/b/": the last one gets the requested mode
      FORKNET_TRY(make_one(path.substr(0, slash), 0777));
    }
  }
  return make_one(folder, mode);
}

Status can_make_folder(const std::string& path) {
  std::string there = path;
  struct stat status = {};
  while (::stat(there.c_str(), &status) != 0) {
    if (errno != ENOENT) return system_error("stat", there);
    if (::lstat(there.c_str(), &status) == 0) {
      return Error{ErrorKind::internal,
                   there + ": is a link to a missing file\n  a folder was expected"};
    }
    const std::string parent = folder_of(there.substr(0, there.find_last_not_of('/') + 1));
    if (parent == there) return system_error("stat", there, ENOENT);
    there = parent;
  }
  if (!S_ISDIR(status.st_mode)) return no_folder(there);
  if (::access(there.c_str(), W_OK | X_OK) != 0) return system_error("write to", there);
  return {};
}

Result<std::vector<std::string>> list_folder(const FilePath& path) {
  struct Closer {
    void operator()(DIR* folder) const { ::closedir(folder); }
  };
  FORKNET_ASSIGN(const Fd fd, open_folder_at(path, O_RDONLY));
  const int own = ::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0);  // closed with the stream
  const std::unique_ptr<DIR, Closer> folder(::fdopendir(own));
  if (!folder) {
    if (own >= 0) ::close(own);
    return system_error("opendir", path.text());
  }
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(folder.get());
    if (entry == nullptr) break;
    std::string name(&entry->d_name[0]);
    if (name != "." && name != "..") names.push_back(std::move(name));
  }
  if (errno != 0) return system_error("readdir", path.text());
  std::sort(names.begin(), names.end());
  return names;
}

Status replace_link(const FilePath& link, const std::string& target) {
  FORKNET_ASSIGN(const FileAt at, FileAt::find(link, FileAt::Use::write));
  struct stat status = {};
  if (::fstatat(at.folder(), at.name(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
      !S_ISLNK(status.st_mode)) {
    return Error{
        ErrorKind::internal,
        "symlink " + link.text() + ": something that is not a symlink has this name already"};
  }
  const std::string name = at.name();
  const std::string temporary = name.substr(0, name.find_last_of('/') + 1) + "." + name_of(name) +
                                ".tmp-" + std::to_string(::getpid());
  (void)::unlinkat(at.folder(), temporary.c_str(), 0);  // of a dead process with this process id
  if (FORKNET_OR_FAIL("file/symlink",
                      ::symlinkat(target.c_str(), at.folder(), temporary.c_str())) != 0) {
    return system_error("symlink", link.text());
  }
  if (::renameat(at.folder(), temporary.c_str(), at.folder(), at.name()) != 0) {
    const Error error = system_error("rename", link.text());
    (void)::unlinkat(at.folder(), temporary.c_str(), 0);
    return error;
  }
  return {};
}

Status sync_folder(const FilePath& path) {
  FORKNET_ASSIGN(const Fd fd, open_folder_at(path, O_PATH));
  return sync_names(fd, path.text());
}

Status sync_names(const Fd& folder, const std::string& text) {
  const Fd fd(retry_interrupted(
      [&] { return ::openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!fd.open() && errno == EACCES) return {};
  if (!fd.open()) return system_error("open", text);
  // Some file systems cannot sync folders and return EINVAL.
  const bool failed = FORKNET_OR_FAIL("durable/sync_folder", ::fsync(fd.get())) != 0;
  if (failed && errno != EINVAL) return system_error("fsync", text);
  return {};
}

}  // namespace forknet::os
