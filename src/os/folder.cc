// The part of os/file.h about names, folders and links.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "os/failpoint.h"
#include "os/file.h"
#include "os/system_error.h"

namespace forknet::os {
namespace {

// 0, or the errno of the call that failed.
int sync_names(const std::string& path) {
  const Fd fd(
      retry_interrupted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!fd.open()) return errno;
  // Some file systems cannot sync folders and say EINVAL: there nothing more can be promised.
  const bool failed = FORKNET_OR_FAIL("durable/sync_folder", ::fsync(fd.get())) != 0;
  return failed && errno != EINVAL ? errno : 0;
}

// True: made. False: a folder of that name was there.
Result<bool> make_one(const std::string& path, unsigned mode) {
  if (::mkdir(path.c_str(), static_cast<mode_t>(mode)) == 0) {
    // A power cut takes a folder whose name was not synced, and all that was synced within it.
    const std::string parent = folder_of(path.substr(0, path.find_last_not_of('/') + 1));
    const int error = sync_names(parent);
    if (error != 0 && error != EACCES) return system_error("fsync", parent, error);
    return true;
  }
  const int error = errno;
  struct stat status = {};
  if (error == EEXIST && ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
    return false;
  }
  return system_error("mkdir", path, error);
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

bool exists(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0;
}

Status remove_file(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_error("unlink", path);
  return {};
}

Result<bool> make_folder(const std::string& path, unsigned mode, bool parents) {
  if (parents) {
    for (auto slash = path.find('/', 1); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
      if (slash + 1 == path.size()) break;  // "a/b/": the last one gets the asked-for mode
      FORKNET_TRY(make_one(path.substr(0, slash), 0777));
    }
  }
  return make_one(path, mode);
}

Result<std::vector<std::string>> list_folder(const std::string& path) {
  struct Closer {
    void operator()(DIR* folder) const { ::closedir(folder); }
  };
  const std::unique_ptr<DIR, Closer> folder(::opendir(path.c_str()));
  if (!folder) return system_error("opendir", path);
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(folder.get());
    if (entry == nullptr) break;
    std::string name(&entry->d_name[0]);
    if (name != "." && name != "..") names.push_back(std::move(name));
  }
  if (errno != 0) return system_error("readdir", path);
  std::sort(names.begin(), names.end());
  return names;
}

Status replace_link(const std::string& link, const std::string& target) {
  struct stat status = {};
  if (::lstat(link.c_str(), &status) == 0 && !S_ISLNK(status.st_mode)) {
    return Error{ErrorKind::internal,
                 "symlink " + link + ": something that is not a symlink has this name already"};
  }
  const std::string temporary =
      folder_of(link) + "/." + name_of(link) + ".tmp-" + std::to_string(::getpid());
  FORKNET_TRY(remove_file(temporary));  // of a dead process that had our id
  if (::symlink(target.c_str(), temporary.c_str()) != 0) return system_error("symlink", temporary);
  if (::rename(temporary.c_str(), link.c_str()) != 0) {
    const Error error = system_error("rename", link);
    ::unlink(temporary.c_str());
    return error;
  }
  return {};
}

Status sync_folder(const std::string& path) {
  if (const int error = sync_names(path); error != 0) return system_error("fsync", path, error);
  return {};
}

}  // namespace forknet::os
