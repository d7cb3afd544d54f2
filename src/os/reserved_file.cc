#include "os/reserved_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "base/try.h"
#include "os/environment.h"
#include "os/failpoint.h"
#include "os/file.h"
#include "os/file_at.h"
#include "os/huge_pages.h"
#include "os/memory.h"
#include "os/system_error.h"
#include "os/transfer.h"

namespace forknet::os {
namespace {

constexpr const char* kMemoryFolder = "/dev/shm";

// Zero bytes take the place that fallocate() would have reserved.
int write_zeros(const Fd& fd, std::size_t begin, std::size_t end) {
  static constexpr std::array<std::byte, 1 << 16> kZeros = {};
  while (begin < end) {
    const std::size_t bytes = std::min(kZeros.size(), end - begin);
    const int error =
        write_fully_at(fd.get(), static_cast<off_t>(begin), std::span(kZeros).first(bytes));
    if (error != 0) return error;
    begin += bytes;
  }
  return 0;
}

// For a new file. Returns 0 or an errno.
int reserve_range(const Fd& fd, std::size_t begin, std::size_t end) {
  int error = 0;
  do {
    error = ::posix_fallocate(fd.get(), static_cast<off_t>(begin), static_cast<off_t>(end - begin));
  } while (error == EINTR);
  return is_denial(error) ? write_zeros(fd, begin, end) : error;
}

Status reserve(const Fd& fd, const std::string& path, std::span<const Mapping::Bytes> ranges) {
  for (const auto& [begin, end] : ranges) {
    if (begin >= end) continue;
    int error =
        failpoints::on.load(std::memory_order_relaxed) ? failpoints::pass("file/fallocate") : 0;
    if (error == 0) error = reserve_range(fd, begin, end);
    if (error != 0) return system_error("fallocate", path, error);
  }
  return {};
}

// The kernel grants pages that do not exist and kills later: check the free memory first.
Status fits_memory(const std::string& what, std::span<const Mapping::Bytes> ranges) {
  std::uint64_t bytes = 0;
  for (const auto& range : ranges) bytes += range.end - range.begin;
  const auto left = available_memory_bytes();
  if (!left || bytes <= *left) return {};
  return Error{ErrorKind::internal, what + ": " + std::to_string(bytes) +
                                        " bytes of memory are needed; " + std::to_string(*left) +
                                        " are available"};
}

Status fill_up(const Fd& fd, const std::string& what, std::size_t bytes,
               std::span<const Mapping::Bytes> ranges) {
  if (::ftruncate(fd.get(), static_cast<off_t>(bytes)) != 0) return system_error("ftruncate", what);
  place_on_huge_pages(fd, ranges);
  return reserve(fd, what, ranges);
}

// For systems without memfd_create().
Result<Fd> reserved_unnamed(const std::string& name, std::size_t bytes,
                            std::span<const Mapping::Bytes> ranges, Error refused) {
  for (const std::string& folder :
       {memory_folder(), environment("TMPDIR").value_or(""), std::string("/tmp")}) {
    if (folder.empty()) continue;
    Fd fd = unnamed_file(folder);
    if (!fd.open()) continue;
    const Status filled = fill_up(fd, name + " (a file in " + folder + ")", bytes, ranges);
    if (filled.ok()) return fd;
    refused = filled.error();
  }
  return refused;
}

}  // namespace

Result<Fd> create_reserved(const std::string& path, std::size_t bytes,
                           std::span<const Mapping::Bytes> ranges) {
  if (path.starts_with(kMemoryFolder)) FORKNET_TRY(fits_memory(path, ranges));
  Fd fd(retry_interrupted([&] {
    return ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY,
                  0600);
  }));
  if (!fd.open()) return system_error("open", path);
  const Status made = fill_up(fd, path, bytes, ranges);
  if (made.ok()) return fd;
  (void)remove_file(path);
  return made.error();
}

Result<Fd> reserved_memory(const std::string& name, std::size_t bytes,
                           std::span<const Mapping::Bytes> ranges, bool seal_later) {
  FORKNET_TRY(fits_memory(name, ranges));
  Fd fd(::memfd_create(name.c_str(), MFD_ALLOW_SEALING | MFD_CLOEXEC));
  if (!fd.open()) {
    const int error = errno;
    const Error refused = system_error("memfd_create", name, error);
    return is_denial(error) ? reserved_unnamed(name, bytes, ranges, refused) : refused;
  }
  FORKNET_TRY(fill_up(fd, name, bytes, ranges));
  // A page that a process has mapped cannot be taken away from it.
  const int seals = F_SEAL_SHRINK | F_SEAL_GROW | (seal_later ? 0 : F_SEAL_SEAL);
  if (::fcntl(fd.get(), F_ADD_SEALS, seals) != 0) return system_error("seal", name);
  return fd;
}

Status reserve_file(const Fd& fd, const std::string& path, std::size_t bytes) {
  if (::ftruncate(fd.get(), static_cast<off_t>(bytes)) != 0) return system_error("ftruncate", path);
  const Mapping::Bytes all = {0, bytes};
  return reserve(fd, path, {&all, 1});
}

Fd unnamed_file(const FilePath& folder) {
  const std::string path = folder.held() == nullptr
                               ? folder.text()
                               : "/proc/self/fd/" + std::to_string(folder.held()->get());
  Fd fd(::open(path.c_str(), O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600));
  if (fd.open()) return fd;
  std::string name = path + "/forknet-XXXXXX";
  Fd named(::mkostemp(name.data(), O_CLOEXEC));
  if (named.open()) ::unlink(name.c_str());
  return named;
}

Status reserve_more(const Fd& fd, const std::string& name, const Mapping::Bytes& range) {
  FORKNET_TRY(fits_memory(name, {&range, 1}));
  place_on_huge_pages(fd, {&range, 1});
  return reserve(fd, name, {&range, 1});
}

namespace {

// Whether open() failed because of the object of that name, not because of the machine.
bool is_refusal(const std::string& path, int error) {
  struct stat status = {};
  const bool seen = ::lstat(path.c_str(), &status) == 0;
  if (!seen) return error != EMFILE && error != ENFILE && error != ENOMEM && error != EIO;
  return !S_ISREG(status.st_mode) || (error == EACCES && status.st_uid != ::geteuid());
}

}  // namespace

Result<Fd> open_reserved(const std::string& path) {
  constexpr int kFlags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  Fd fd(retry_interrupted(
      [&] { return FORKNET_OR_FAIL("state/open", ::open(path.c_str(), kFlags)); }));
  if (!fd.open()) {
    const int error = errno;
    const auto kind = is_refusal(path, error) ? ErrorKind::data : ErrorKind::internal;
    return system_error("open", path, error, kind);
  }
  struct stat status = {};
  if (::fstat(fd.get(), &status) != 0) return system_error("fstat", path);
  // A second name (hard link) may have been made by another user for another file.
  const bool own =
      status.st_uid == ::geteuid() && (status.st_mode & 077) == 0 && status.st_nlink == 1;
  if (!S_ISREG(status.st_mode) || !own) {
    return Error{ErrorKind::data, path + ": is not this user's own private file"};
  }
  return fd;
}

// Checks and removes by name in one open folder, even if the folder's path changes meanwhile.
void remove_reserved(const std::string& path) {
  const Fd folder(::open(folder_of(path).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const std::string name = name_of(path);
  struct stat status = {};
  if (!folder.open() || ::fstatat(folder.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return;
  }
  if (!S_ISREG(status.st_mode) || status.st_uid != ::geteuid()) return;
  (void)::unlinkat(folder.get(), name.c_str(), 0);
}

Status hold_share(const Fd& fd, const std::string& path) {
  if (retry_interrupted([&] { return ::flock(fd.get(), LOCK_SH); }) == 0) return {};
  return system_error("flock", path);
}

Result<Fd> open_to_hold(const FilePath& path) {
  struct stat status = {};
  return open_at(path, O_RDWR, ErrorKind::internal, status);
}

bool hold_alone(const Fd& fd) { return ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0; }

void let_go(const Fd& fd) { (void)::flock(fd.get(), LOCK_UN); }

std::optional<std::uint64_t> free_bytes(const std::string& folder) {
  struct statvfs status = {};
  if (::statvfs(folder.c_str(), &status) != 0) return std::nullopt;
  return std::uint64_t{status.f_bavail} * status.f_frsize;
}

std::string memory_folder() { return shared_memory_size() ? kMemoryFolder : ""; }

std::string boot_id() {
  constexpr std::size_t kMost = 64;
  const auto text = read_file("/proc/sys/kernel/random/boot_id", kMost);
  return text.ok() ? text->substr(0, text->find('\n')) : "";
}

}  // namespace forknet::os
