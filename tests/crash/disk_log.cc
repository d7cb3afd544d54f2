#include "crash/disk_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <set>

namespace forknet::crash {
namespace {

struct Recorder {
  std::mutex mutex;         // held over a call and its record: the order is the true one
  std::string folder;       // empty: off
  std::string real_folder;  // without links
  std::set<int> open;       // descriptors of files and folders under it
  std::vector<DiskCall> calls;

  [[nodiscard]] bool within(const char* path) const {
    return !folder.empty() && (std::string(path) + "/").starts_with(folder + "/");
  }
  // The path of a name in an open folder, as the test has it.
  [[nodiscard]] std::string path_at(int within_fd, const char* name) const {
    if (within_fd == AT_FDCWD || name[0] == '/') return name;
    std::array<char, 4096> text = {};
    const std::string link = "/proc/self/fd/" + std::to_string(within_fd);
    if (::readlink(link.c_str(), text.data(), text.size() - 1) < 0) std::abort();
    std::string path = text.data();
    if (std::string(name) != ".") path.append("/").append(name);
    if (!real_folder.empty() && (path + "/").starts_with(real_folder + "/")) {
      path.replace(0, real_folder.size(), folder);
    }
    return path;
  }
  void add(DiskCall call) { calls.push_back(std::move(call)); }
};

Recorder& recorder() {
  static Recorder one;
  return one;
}

}  // namespace

DiskLog::DiskLog(const std::string& folder) {
  const std::lock_guard lock(recorder().mutex);
  recorder().folder = folder;
  recorder().real_folder = std::filesystem::canonical(folder).string();
  recorder().calls.clear();
  recorder().open.clear();
}

DiskLog::~DiskLog() { (void)take(); }

void DiskLog::note(const std::string& word) {
  const std::lock_guard lock(recorder().mutex);
  recorder().add({.kind = DiskCall::Kind::note, .path = word});
}

std::vector<DiskCall> DiskLog::take() {
  const std::lock_guard lock(recorder().mutex);
  recorder().folder.clear();
  return std::move(recorder().calls);
}

}  // namespace forknet::crash

// The linker's names: __real_X is the C library's X, __wrap_X is what everybody else calls.
using forknet::crash::DiskCall;
using forknet::crash::recorder;
using Kind = DiskCall::Kind;

extern "C" {

int __real_close(int fd);
ssize_t __real_write(int fd, const void* bytes, size_t count);
ssize_t __real_pwrite(int fd, const void* bytes, size_t count, off_t offset);
ssize_t __real_writev(int fd, const iovec* parts, int count);
int __real_ftruncate(int fd, off_t length);
int __real_openat(int folder, const char* name, int flags, ...);
int __real_renameat(int from_folder, const char* from, int to_folder, const char* to);
int __real_unlinkat(int folder, const char* name, int flags);
int __real_mkdirat(int folder, const char* name, mode_t mode);
int __real_symlinkat(const char* target, int folder, const char* name);

int __wrap_openat(int folder, const char* name, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  const std::lock_guard lock(recorder().mutex);
  const int fd = __real_openat(folder, name, flags, mode);
  // Nothing is written or synced through one that stands for a path alone.
  if (fd < 0 || (flags & O_PATH) != 0 || recorder().folder.empty()) return fd;
  const std::string path = recorder().path_at(folder, name);
  if (!recorder().within(path.c_str())) return fd;
  recorder().open.insert(fd);
  recorder().add({.kind = Kind::open,
                  .fd = fd,
                  .path = path,
                  .append = (flags & O_APPEND) != 0,
                  .cut = (flags & O_TRUNC) != 0});
  return fd;
}

int __wrap_open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return __wrap_openat(AT_FDCWD, path, flags, mode);
}

int __wrap_close(int fd) {
  const std::lock_guard lock(recorder().mutex);
  if (recorder().open.erase(fd) > 0) recorder().add({.kind = Kind::close, .fd = fd});
  return __real_close(fd);
}

ssize_t __wrap_write(int fd, const void* bytes, size_t count) {
  if (recorder().folder.empty()) return __real_write(fd, bytes, count);  // it may wait for long
  std::unique_lock lock(recorder().mutex);
  if (recorder().open.count(fd) == 0) {
    lock.unlock();
    return __real_write(fd, bytes, count);
  }
  const ssize_t wrote = __real_write(fd, bytes, count);
  if (wrote > 0) {
    recorder().add({.kind = Kind::write,
                    .fd = fd,
                    .bytes = {static_cast<const char*>(bytes), static_cast<size_t>(wrote)}});
  }
  return wrote;
}

ssize_t __wrap_pwrite(int fd, const void* bytes, size_t count, off_t offset) {
  const std::lock_guard lock(recorder().mutex);
  const ssize_t wrote = __real_pwrite(fd, bytes, count, offset);
  if (wrote > 0 && recorder().open.count(fd) > 0) {
    recorder().add({.kind = Kind::write,
                    .fd = fd,
                    .bytes = {static_cast<const char*>(bytes), static_cast<size_t>(wrote)},
                    .offset = offset});
  }
  return wrote;
}

// Frames only: a file that was written so would be missing on the disk of the model.
ssize_t __wrap_writev(int fd, const iovec* parts, int count) {
  {
    const std::lock_guard lock(recorder().mutex);
    if (recorder().open.count(fd) > 0) std::abort();
  }
  return __real_writev(fd, parts, count);
}

int __wrap_ftruncate(int fd, off_t length) {
  const std::lock_guard lock(recorder().mutex);
  const int result = __real_ftruncate(fd, length);
  if (result == 0 && recorder().open.count(fd) > 0) {
    recorder().add({.kind = Kind::cut, .fd = fd, .offset = length});
  }
  return result;
}

// The real disk is not waited for: its power stays on.
int __wrap_fsync(int fd) {
  const std::lock_guard lock(recorder().mutex);
  if (recorder().open.count(fd) > 0) recorder().add({.kind = Kind::sync, .fd = fd});
  return 0;
}

int __wrap_renameat(int from_folder, const char* from, int to_folder, const char* to) {
  const std::lock_guard lock(recorder().mutex);
  const int result = __real_renameat(from_folder, from, to_folder, to);
  if (result != 0 || recorder().folder.empty()) return result;
  const std::string path = recorder().path_at(to_folder, to);
  if (recorder().within(path.c_str())) {
    recorder().add(
        {.kind = Kind::rename, .path = recorder().path_at(from_folder, from), .to = path});
  }
  return result;
}

int __wrap_rename(const char* from, const char* to) {
  return __wrap_renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int __wrap_unlinkat(int folder, const char* name, int flags) {
  const std::lock_guard lock(recorder().mutex);
  const int result = __real_unlinkat(folder, name, flags);
  if (result != 0 || recorder().folder.empty()) return result;
  const std::string path = recorder().path_at(folder, name);
  if (recorder().within(path.c_str())) recorder().add({.kind = Kind::remove, .path = path});
  return result;
}

int __wrap_unlink(const char* path) { return __wrap_unlinkat(AT_FDCWD, path, 0); }

int __wrap_mkdirat(int folder, const char* name, mode_t mode) {
  const std::lock_guard lock(recorder().mutex);
  const int result = __real_mkdirat(folder, name, mode);
  if (result != 0 || recorder().folder.empty()) return result;
  const std::string path = recorder().path_at(folder, name);
  if (recorder().within(path.c_str())) recorder().add({.kind = Kind::make_folder, .path = path});
  return result;
}

int __wrap_mkdir(const char* path, mode_t mode) { return __wrap_mkdirat(AT_FDCWD, path, mode); }

int __wrap_symlinkat(const char* target, int folder, const char* name) {
  const std::lock_guard lock(recorder().mutex);
  const int result = __real_symlinkat(target, folder, name);
  if (result != 0 || recorder().folder.empty()) return result;
  const std::string path = recorder().path_at(folder, name);
  if (recorder().within(path.c_str())) {
    recorder().add({.kind = Kind::link, .path = path, .to = target});
  }
  return result;
}

int __wrap_symlink(const char* target, const char* path) {
  return __wrap_symlinkat(target, AT_FDCWD, path);
}

}  // extern "C"
