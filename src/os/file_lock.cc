#include "os/file_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/try.h"
#include "os/file.h"
#include "os/file_at.h"
#include "os/process.h"
#include "os/system_error.h"
#include "os/transfer.h"

namespace forknet::os {
namespace {

struct flock whole_file() {
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

std::string noted_holder(const FilePath& path) {
  constexpr std::size_t kNote = 1024;
  const auto note = read_file(path, kNote);
  if (!note.ok() || note->empty()) return "another process";
  return note->substr(0, note->find('\n'));
}

}  // namespace

// Locks of the open file description: unlike flock() they can be queried without being taken;
// unlike plain record locks they survive the close of another descriptor of the file.
Result<FileLock> FileLock::acquire(const FilePath& path) {
  struct stat status = {};
  FORKNET_ASSIGN(Fd fd, open_at(path, O_RDWR | O_CREAT, ErrorKind::internal, status));
  struct flock lock = whole_file();
  if (retry_interrupted([&] { return ::fcntl(fd.get(), F_OFD_SETLK, &lock); }) != 0) {
    if (errno != EAGAIN && errno != EACCES) return system_error("lock", path.text());
    return Error{ErrorKind::usage, "lock " + path.text() + ": held by " + noted_holder(path)};
  }
  const std::string note = "process " + std::to_string(pid()) + " on " + hostname() + "\n";
  if (::ftruncate(fd.get(), 0) != 0) return system_error("ftruncate", path.text());
  if (const int error = write_fully(fd.get(), std::as_bytes(std::span(note))); error != 0) {
    return system_error("write", path.text(), error);
  }
  return FileLock(std::move(fd));
}

std::optional<std::string> FileLock::holder(const FilePath& path) {
  struct stat status = {};
  const auto fd = open_at(path, O_RDONLY | O_NONBLOCK, ErrorKind::internal, status);
  if (!fd.ok()) return std::nullopt;
  struct flock lock = whole_file();
  if (::fcntl(fd->get(), F_OFD_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) return std::nullopt;
  return noted_holder(path);
}

}  // namespace forknet::os
