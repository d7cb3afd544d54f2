#include "os/durable_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

#include "base/check.h"
#include "os/failpoint.h"
#include "os/file.h"
#include "os/system_error.h"
#include "os/transfer.h"

namespace forknet::os {
namespace {

constexpr std::string_view kMark = ".tmp-";

// Where the bytes shall really go: the file behind a symlink, if there is one.
Result<std::string> resolve_target(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return path;
  if (!S_ISREG(status.st_mode)) {
    return Error{ErrorKind::internal,
                 "write " + path + ": a folder, pipe or device has this name; it is not replaced"};
  }
  struct Free {
    void operator()(char* text) const { std::free(text); }
  };
  if (::lstat(path.c_str(), &status) != 0 || !S_ISLNK(status.st_mode)) return path;
  const std::unique_ptr<char, Free> real(::realpath(path.c_str(), nullptr));
  if (!real) return system_error("realpath", path);
  return std::string(real.get());
}

// The new temporary file, locked; closed when a cleaner has removed it before it could be locked.
Result<Fd> create_locked(const std::string& name, const std::string& target, unsigned mode) {
  Fd fd(retry_interrupted([&] {
    return FORKNET_OR_FAIL(
        "durable/create",
        ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, static_cast<mode_t>(mode)));
  }));
  if (!fd.open()) {
    if (errno == EEXIST) return Fd();
    return system_error("create", target);
  }
  // A file system without locks gives none to cleaners either, so going on is safe.
  (void)retry_interrupted([&] { return ::flock(fd.get(), LOCK_EX); });
  struct stat status = {};
  if (::fstat(fd.get(), &status) != 0) return system_error("fstat", name);
  if (status.st_nlink == 0) return Fd();
  return fd;
}

bool is_temporary_name(std::string_view name) {
  const auto mark = name.rfind(kMark);
  if (mark == std::string_view::npos || name.front() != '.') return false;
  const auto number = name.substr(mark + kMark.size());
  return !number.empty() && number.find_first_not_of("0123456789-") == std::string_view::npos;
}

// True: it belonged to nobody and is gone.
Result<bool> remove_if_stray(const std::string& path) {
  const Fd fd(retry_interrupted(
      [&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW); }));
  struct stat status = {};
  if (!fd.open() || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return false;
  FORKNET_TRY(remove_file(path));
  return true;
}

}  // namespace

Result<DurableFile> DurableFile::create(const std::string& path, unsigned mode) {
  constexpr int kAttempts = 1000;
  DurableFile file;
  FORKNET_ASSIGN(file.target_, resolve_target(path));
  const std::string stem = folder_of(file.target_) + "/." + name_of(file.target_) +
                           std::string(kMark) + std::to_string(::getpid()) + "-";
  // A number taken is left by a dead process that had our id, or another thread is writing.
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::string name = stem + std::to_string(attempt);
    FORKNET_ASSIGN(file.fd_, create_locked(name, file.target_, mode));
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
      target_(std::move(other.target_)),
      temporary_(std::exchange(other.temporary_, {})),
      failed_(other.failed_) {}

DurableFile& DurableFile::operator=(DurableFile&& other) noexcept {
  if (this != &other) {
    discard();
    fd_ = std::move(other.fd_);
    target_ = std::move(other.target_);
    temporary_ = std::exchange(other.temporary_, {});
    failed_ = other.failed_;
  }
  return *this;
}

DurableFile::~DurableFile() { discard(); }

void DurableFile::discard() noexcept {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
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

Status DurableFile::commit() {
  FORKNET_CHECK(fd_.open());
  std::optional<Error> error;
  if (failed_) {
    error = Error{ErrorKind::internal, "write " + target_ + ": an earlier write has failed"};
  } else if (retry_interrupted(
                 [&] { return FORKNET_OR_FAIL("durable/sync", ::fsync(fd_.get())); }) != 0) {
    error = system_error("fsync", target_);
  } else if (FORKNET_OR_FAIL("durable/rename", ::rename(temporary_.c_str(), target_.c_str())) !=
             0) {
    error = system_error("rename", target_);
  }
  if (error) {
    discard();
    return *error;
  }
  temporary_.clear();
  fd_.close();
  return sync_folder(folder_of(target_));
}

Status write_durably(const std::string& path, std::string_view content, unsigned mode) {
  FORKNET_ASSIGN(DurableFile file, DurableFile::create(path, mode));
  FORKNET_TRY(file.write(content));
  return file.commit();
}

Result<int> remove_stray_temporaries(const std::string& folder) {
  FORKNET_ASSIGN(const auto names, list_folder(folder));
  int removed = 0;
  for (const auto& name : names) {
    if (!is_temporary_name(name)) continue;
    FORKNET_ASSIGN(const bool stray, remove_if_stray(std::string(folder).append("/").append(name)));
    removed += stray ? 1 : 0;
  }
  return removed;
}

}  // namespace forknet::os
