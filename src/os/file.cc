#include "os/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/try.h"
#include "os/file_at.h"
#include "os/system_error.h"
#include "os/transfer.h"

namespace forknet::os {
namespace {

// The target of an open descriptor, for error messages of calls without a path.
std::string describe(const Fd& fd) {
  std::string name(4096, '\0');
  const std::string link = "/proc/self/fd/" + std::to_string(fd.get());
  const auto length = ::readlink(link.c_str(), name.data(), name.size());
  if (length <= 0) return "descriptor " + std::to_string(fd.get());
  name.resize(static_cast<std::size_t>(length));
  return name;
}

Error too_large(const FilePath& path, std::size_t limit, ErrorKind kind) {
  return Error{kind, "read " + path.text() + ": the file is too large: at most " +
                         std::to_string(limit) + " bytes were expected"};
}

}  // namespace

Result<std::string> read_file(const FilePath& path, std::size_t limit, ErrorKind kind) {
  struct stat status = {};
  // Non-blocking: otherwise opening a pipe without a writer would hang before it is refused.
  FORKNET_ASSIGN(const Fd fd, open_at(path, O_RDONLY | O_NONBLOCK, kind, status));
  if (!S_ISREG(status.st_mode)) {
    return Error{kind,
                 "read " + path.text() + ": a regular file was expected, not a pipe or a device"};
  }
  const auto reported = static_cast<std::size_t>(std::max<off_t>(status.st_size, 0));
  if (reported > limit) return too_large(path, limit, kind);
  // The size is only a hint: files of /proc report 0, and a growing file may have more by now.
  constexpr std::size_t kStep = 65536;
  std::string content;
  std::size_t wanted = reported + 1;
  std::size_t filled = 0;
  while (true) {
    content.resize(filled + wanted);
    std::size_t got = 0;
    const auto room = std::as_writable_bytes(std::span(content)).subspan(filled);
    if (const int error = read_fully(fd.get(), room, got); error != 0) {
      return system_error("read", path.text(), error, kind);
    }
    filled += got;
    if (filled > limit) return too_large(path, limit, kind);
    if (got < wanted) break;
    wanted = kStep;
  }
  content.resize(filled);
  return content;
}

Result<Fd> open_read(const FilePath& path, ErrorKind kind) {
  struct stat status = {};
  return open_at(path, O_RDONLY, kind, status);
}

Result<Fd> open_append(const FilePath& path) {
  struct stat status = {};
  return open_at(path, O_WRONLY | O_APPEND | O_CREAT, ErrorKind::internal, status);
}

Result<std::size_t> read_some(const Fd& fd, std::span<std::byte> bytes) {
  std::size_t got = 0;
  if (const int error = read_fully(fd.get(), bytes, got); error != 0) {
    return system_error("read", describe(fd), error);
  }
  return got;
}

Status write_all(const Fd& fd, std::span<const std::byte> bytes) {
  if (const int error = write_fully(fd.get(), bytes); error != 0) {
    return system_error("write", describe(fd), error);
  }
  return {};
}

Status write_all(const Fd& fd, std::string_view text) {
  return write_all(fd, std::as_bytes(std::span(text)));
}

Status sync_file(const Fd& fd, const FilePath& path) {
  if (retry_interrupted([&] { return ::fsync(fd.get()); }) != 0) {
    return system_error("fsync", path.text());
  }
  return {};
}

// The temporary file is always new: an existing one of its name is not written into.
Status replace_file(const FilePath& path, std::string_view content) {
  FORKNET_ASSIGN(const FileAt at, FileAt::find(path, FileAt::Use::write));
  const std::string beside = std::string(at.name()) + ".new";
  (void)::unlinkat(at.folder(), beside.c_str(), 0);
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY;
  const Fd fd(
      retry_interrupted([&] { return ::openat(at.folder(), beside.c_str(), kFlags, 0600); }));
  if (!fd.open()) return system_error("open", path.text() + ".new");
  Status replaced = write_all(fd, content);
  if (replaced.ok() && ::renameat(at.folder(), beside.c_str(), at.folder(), at.name()) != 0) {
    replaced = system_error("rename", path.text() + ".new");
  }
  if (!replaced.ok()) (void)::unlinkat(at.folder(), beside.c_str(), 0);
  return replaced;
}

Status truncate_open(const Fd& fd, std::uint64_t bytes) {
  const auto length = static_cast<off_t>(bytes);
  if (retry_interrupted([&] { return ::ftruncate(fd.get(), length); }) != 0) {
    return system_error("ftruncate", describe(fd));
  }
  return {};
}

Status truncate_file(const FilePath& path, std::uint64_t bytes) {
  struct stat status = {};
  FORKNET_ASSIGN(const Fd fd, open_at(path, O_WRONLY, ErrorKind::internal, status));
  const auto length = static_cast<off_t>(bytes);
  if (retry_interrupted([&] { return ::ftruncate(fd.get(), length); }) != 0) {
    return system_error("ftruncate", path.text());
  }
  return sync_file(fd, path);
}

}  // namespace forknet::os
