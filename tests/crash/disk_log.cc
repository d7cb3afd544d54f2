#include "crash/disk_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <set>

namespace forknet::crash {
namespace {

struct Recorder {
  std::mutex mutex;    // held over a call and its record: the order is the true one
  std::string folder;  // empty: off
  std::set<int> open;  // descriptors of files and folders under it
  std::vector<DiskCall> calls;

  [[nodiscard]] bool within(const char* path) const {
    return !folder.empty() && (std::string(path) + "/").starts_with(folder + "/");
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

int __real_open(const char* path, int flags, ...);
int __real_close(int fd);
ssize_t __real_write(int fd, const void* bytes, size_t count);
ssize_t __real_pwrite(int fd, const void* bytes, size_t count, off_t offset);
ssize_t __real_writev(int fd, const iovec* parts, int count);
int __real_ftruncate(int fd, off_t length);
int __real_rename(const char* from, const char* to);
int __real_unlink(const char* path);
int __real_mkdir(const char* path, mode_t mode);
int __real_symlink(const char* target, const char* path);

int __wrap_open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  const std::lock_guard lock(recorder().mutex);
  const int fd = __real_open(path, flags, mode);
  if (fd < 0 || !recorder().within(path)) return fd;
  recorder().open.insert(fd);
  recorder().add({.kind = Kind::open,
                  .fd = fd,
                  .path = path,
                  .append = (flags & O_APPEND) != 0,
                  .cut = (flags & O_TRUNC) != 0});
  return fd;
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

int __wrap_rename(const char* from, const char* to) {
  const std::lock_guard lock(recorder().mutex);
  const int result = __real_rename(from, to);
  if (result == 0 && recorder().within(to)) {
    recorder().add({.kind = Kind::rename, .path = from, .to = to});
  }
  return result;
}

int __wrap_unlink(const char* path) {
  const std::lock_guard lock(recorder().mutex);
  const int result = __real_unlink(path);
  if (result == 0 && recorder().within(path)) {
    recorder().add({.kind = Kind::remove, .path = path});
  }
  return result;
}

int __wrap_mkdir(const char* path, mode_t mode) {
  const std::lock_guard lock(recorder().mutex);
  const int result = __real_mkdir(path, mode);
  if (result == 0 && recorder().within(path)) {
    recorder().add({.kind = Kind::make_folder, .path = path});
  }
  return result;
}

int __wrap_symlink(const char* target, const char* path) {
  const std::lock_guard lock(recorder().mutex);
  const int result = __real_symlink(target, path);
  if (result == 0 && recorder().within(path)) {
    recorder().add({.kind = Kind::link, .path = path, .to = target});
  }
  return result;
}

}  // extern "C"
