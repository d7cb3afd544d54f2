#include "os/durable_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/try.h"
#include "os/failpoint.h"
#include "os/file.h"
#include "os/file_at.h"
#include "os/paged_file.h"
#include "os/stray_files.h"
#include "os/system_error.h"
#include "os/transfer.h"

namespace forknet::os {
namespace {

constexpr std::string_view kMark = ".tmp-";

Error not_replaced(const std::string& path) {
  return {ErrorKind::internal,
          "write " + path + ": a folder, pipe or device has this name; it is not replaced"};
}

// The path that will be replaced: the file behind a symlink, if there is one.
Result<std::string> resolve_target(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return path;
  if (!S_ISREG(status.st_mode)) {
    return not_replaced(path);
  }
  struct Free {
    void operator()(char* text) const { std::free(text); }
  };
  if (::lstat(path.c_str(), &status) != 0 || !S_ISLNK(status.st_mode)) return path;
  const std::unique_ptr<char, Free> real(::realpath(path.c_str(), nullptr));
  if (!real) return system_error("realpath", path);
  return std::string(real.get());
}

// The new temporary file, locked; closed if a cleaner removed it before it was locked.
Result<Fd> create_locked(const Fd& folder, const std::string& name, const std::string& target,
                         unsigned mode) {
  constexpr int kFlags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC;
  Fd fd(retry_interrupted([&] {
    return FORKNET_OR_FAIL("durable/create",
                           ::openat(folder.get(), name.c_str(), kFlags, static_cast<mode_t>(mode)));
  }));
  if (!fd.open()) {
    if (errno == EEXIST) return Fd();
    return system_error("create", target);
  }
  // A file system without locks grants none to cleaners either, so continuing is safe.
  (void)retry_interrupted([&] { return ::flock(fd.get(), LOCK_EX); });
  struct stat status = {};
  if (::fstat(fd.get(), &status) != 0) return system_error("fstat", target);
  if (status.st_nlink == 0) return Fd();
  return fd;
}

// The folder of the target, and the target's name in it. In a private folder a link is replaced,
// elsewhere the file behind it.
Result<Fd> folder_of_target(const FilePath& path, std::string& target, std::string& name) {
  target = path.text();
  if (path.folder() == nullptr) {
    FORKNET_ASSIGN(target, resolve_target(path.text()));
    name = name_of(target);
    Fd folder(::open(folder_of(target).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!folder.open()) return system_error("create", target);
    return folder;
  }
  FORKNET_ASSIGN(const FileAt at, FileAt::find(path, FileAt::Use::write));
  name = at.name();
  struct stat status = {};
  const bool there = ::fstatat(at.folder(), at.name(), &status, AT_SYMLINK_NOFOLLOW) == 0;
  if (there && !S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode)) return not_replaced(target);
  Fd folder(::fcntl(at.folder(), F_DUPFD_CLOEXEC, 0));
  if (!folder.open()) return system_error("create", target);
  return folder;
}

bool is_temporary_name(std::string_view name) {
  const auto mark = name.rfind(kMark);
  if (mark == std::string_view::npos || name.front() != '.') return false;
  const auto number = name.substr(mark + kMark.size());
  return !number.empty() && number.find_first_not_of("0123456789-") == std::string_view::npos;
}

// True: its writer is dead; with `remove` it has been removed. Opened for writing, because NFS
// grants the lock to no other descriptor.
bool is_stray(const Fd& folder, const std::string& name, bool remove) {
  constexpr int kFlags = O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW;
  const Fd fd(retry_interrupted([&] { return ::openat(folder.get(), name.c_str(), kFlags); }));
  struct stat status = {};
  if (!fd.open() || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return false;
  return !remove || ::unlinkat(folder.get(), name.c_str(), 0) == 0;
}

}  // namespace

Result<DurableFile> DurableFile::create(const FilePath& path, unsigned mode) {
  constexpr int kAttempts = 1000;
  DurableFile file;
  FORKNET_ASSIGN(file.folder_, folder_of_target(path, file.target_, file.name_));
  const std::string stem = "." + file.name_ + std::string(kMark) + std::to_string(::getpid()) + "-";
  // A name in use belongs to a dead process with this process id, or to another thread.
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::string name = stem + std::to_string(attempt);
    FORKNET_ASSIGN(file.fd_, create_locked(file.folder_, name, file.target_, mode));
    if (!file.fd_.open()) continue;
    file.temporary_ = name;
    return file;
  }
  std::string message = "create " + file.target_;
  message.append(": too many temporary files ")
      .append(stem)
      .append("* are in the way; remove them");
  return Error{ErrorKind::internal, std::move(message)};
}

DurableFile::DurableFile(DurableFile&& other) noexcept
    : fd_(std::move(other.fd_)),
      folder_(std::move(other.folder_)),
      target_(std::move(other.target_)),
      name_(std::move(other.name_)),
      temporary_(std::exchange(other.temporary_, {})),
      failed_(other.failed_) {}

DurableFile& DurableFile::operator=(DurableFile&& other) noexcept {
  if (this != &other) {
    discard();
    fd_ = std::move(other.fd_);
    folder_ = std::move(other.folder_);
    target_ = std::move(other.target_);
    name_ = std::move(other.name_);
    temporary_ = std::exchange(other.temporary_, {});
    failed_ = other.failed_;
  }
  return *this;
}

DurableFile::~DurableFile() { discard(); }

void DurableFile::discard() noexcept {
  if (!temporary_.empty()) (void)::unlinkat(folder_.get(), temporary_.c_str(), 0);
  temporary_.clear();
  fd_.close();
}

Status DurableFile::write(std::span<const std::byte> bytes) {
  FORKNET_CHECK(fd_.open());
  const bool fails = FORKNET_OR_FAIL("durable/write", 0) != 0;
  if (const int error = fails ? errno : write_fully(fd_.get(), bytes); error != 0) {
    failed_ = true;
    return system_error("write", target_, error);
  }
  return {};
}

Status DurableFile::write(std::string_view text) { return write(std::as_bytes(std::span(text))); }

Status DurableFile::write_at(std::uint64_t offset, std::string_view text) {
  FORKNET_CHECK(fd_.open());
  const int error =
      write_fully_at(fd_.get(), static_cast<off_t>(offset), std::as_bytes(std::span(text)));
  if (error != 0) {
    failed_ = true;
    return system_error("pwrite", target_, error);
  }
  return {};
}

Status DurableFile::fill(std::size_t bytes,
                         const std::function<Status(std::span<std::byte>)>& fill) {
  FORKNET_CHECK(fd_.open());
  failed_ = true;  // until it is filled completely
  FORKNET_TRY(fill_file(fd_, target_, bytes, fill));
  failed_ = false;
  return {};
}

Status DurableFile::write_out(std::uint64_t begin, std::uint64_t end) {
  FORKNET_CHECK(fd_.open() && begin <= end);
  return write_file_out(fd_, target_, begin, end);
}

Result<Fd> DurableFile::reader() const { return open_again(fd_, target_); }

Status DurableFile::commit() {
  FORKNET_CHECK(fd_.open());
  std::optional<Error> error;
  if (failed_) {
    error = Error{ErrorKind::internal, "write " + target_ + ": an earlier write has failed"};
  } else if (retry_interrupted(
                 [&] { return FORKNET_OR_FAIL("durable/sync", ::fsync(fd_.get())); }) != 0) {
    error = system_error("fsync", target_);
  } else if (FORKNET_OR_FAIL("durable/rename", ::renameat(folder_.get(), temporary_.c_str(),
                                                          folder_.get(), name_.c_str())) != 0) {
    error = system_error("rename", target_);
  }
  if (error) {
    discard();
    return *error;
  }
  temporary_.clear();
  fd_.close();
  return sync_names(folder_, folder_of(target_));
}

Status write_durably(const FilePath& path, std::string_view content, unsigned mode) {
  FORKNET_ASSIGN(DurableFile file, DurableFile::create(path, mode));
  FORKNET_TRY(file.write(content));
  return file.commit();
}

Result<std::vector<std::string>> stray_temporaries(const FilePath& folder, bool remove) {
  FORKNET_ASSIGN(auto names, list_folder(folder));
  FORKNET_ASSIGN(const Fd fd, open_folder_at(folder, O_PATH));
  std::erase_if(names, [&](const std::string& name) {
    return !is_temporary_name(name) || !is_stray(fd, name, remove);
  });
  return names;
}

Result<int> remove_stray_temporaries(const FilePath& folder) {
  FORKNET_ASSIGN(const auto removed, stray_temporaries(folder, true));
  return static_cast<int>(removed.size());
}

}  // namespace forknet::os
