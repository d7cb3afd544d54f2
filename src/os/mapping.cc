#include "os/mapping.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <limits>

#include "base/check.h"
#include "base/try.h"
#include "os/file_at.h"
#include "os/huge_pages.h"
#include "os/memory.h"
#include "os/reserved_file.h"
#include "os/system_error.h"

namespace forknet::os {
namespace {

// From here on write_only() gives what is written addresses of its own. Less stays in the caches
// from one step to the next, and there a second address of the same line costs more than small
// pages do.
constexpr std::size_t kLeastForTwo = std::size_t{16} << 20;

// No object with an address can be larger.
constexpr auto kLargest = static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max());

Error no_memory(const std::string& what, std::size_t bytes, const std::string& why) {
  return Error{ErrorKind::internal,
               what + ": " + std::to_string(bytes) + " bytes of memory are needed; " + why};
}

std::byte* map(std::size_t bytes, int protection, int flags, int fd) {
  void* address = ::mmap(nullptr, bytes, protection, flags, fd, 0);
  return address == MAP_FAILED ? nullptr : static_cast<std::byte*>(address);
}

// Large mappings go on huge pages.
std::byte* map_well(std::size_t bytes, int protection, int flags, int fd) {
  return bytes >= kHugePage ? map_on_huge_pages(bytes, protection, flags, fd)
                            : map(bytes, protection, flags, fd);
}

// Makes every byte immutable. A file in place of a memfd (reserved_file.h) cannot be sealed, nor
// can memory of which the kernel holds a page for a moment, to move it (EBUSY, after it has waited
// 0.1 s itself): that stays readable only, through this descriptor and its copies.
bool seal(Fd& memory) {
  constexpr int kSeals = F_SEAL_WRITE | F_SEAL_SEAL;
  if (::fcntl(memory.get(), F_ADD_SEALS, kSeals) == 0) return true;
  if (errno != EPERM && errno != EINVAL && errno != EBUSY) return false;
  const std::string name = "/proc/self/fd/" + std::to_string(memory.get());
  memory = Fd(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
  return memory.open();
}

}  // namespace

Mapping::Mapping(Mapping&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      second_(std::exchange(other.second_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      writable_(std::exchange(other.writable_, false)),
      fd_(std::move(other.fd_)) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  if (this != &other) {
    unmap();
    data_ = std::exchange(other.data_, nullptr);
    second_ = std::exchange(other.second_, nullptr);
    size_ = std::exchange(other.size_, 0);
    writable_ = std::exchange(other.writable_, false);
    fd_ = std::move(other.fd_);
  }
  return *this;
}

Mapping::~Mapping() { unmap(); }

void Mapping::unmap() {
  for (std::byte* const place : {data_, second_}) {
    if (place != nullptr) ::munmap(place, size_);
  }
}

Result<Mapping> Mapping::anonymous(std::size_t bytes) {
  Mapping mapping;
  mapping.writable_ = true;
  if (bytes == 0) return mapping;
  if (bytes > kLargest - 2 * kHugePage) {
    return no_memory("mmap", bytes, "no address space is that large");
  }
  mapping.data_ = map_well(bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  if (mapping.data_ == nullptr) return no_memory("mmap", bytes, errno_text(errno));
  if (bytes >= kHugePage) ::madvise(mapping.data_, bytes, MADV_HUGEPAGE);
  mapping.size_ = bytes;
  return mapping;
}

Result<Mapping> Mapping::sealed(const std::string& name, std::size_t bytes,
                                const std::function<Status(std::span<std::byte>)>& fill) {
  const Bytes all = {0, bytes};
  return sealed_over(name, bytes, {&all, 1},
                     [&](std::span<std::byte> memory, const Reserve&) { return fill(memory); });
}

Result<Mapping> Mapping::sealed_in_steps(
    const std::string& name, std::size_t bytes,
    const std::function<Status(std::span<std::byte>, const Reserve&)>& fill) {
  return sealed_over(name, bytes, {}, fill);
}

Result<Mapping> Mapping::sealed_over(
    const std::string& name, std::size_t bytes, std::span<const Bytes> reserved,
    const std::function<Status(std::span<std::byte>, const Reserve&)>& fill) {
  if (bytes > kLargest) return no_memory(name, bytes, "no address space is that large");
  Mapping mapping;
  FORKNET_ASSIGN(mapping.fd_, reserved_memory(name, bytes, reserved, true));
  if (bytes > 0) {
    mapping.data_ = map_well(bytes, PROT_READ | PROT_WRITE, MAP_SHARED, mapping.fd_.get());
    if (mapping.data_ == nullptr) return no_memory(name, bytes, "mmap: " + errno_text(errno));
    mapping.size_ = bytes;
  }
  FORKNET_TRY(fill({mapping.data_, mapping.size_},
                   [&](const Bytes& range) { return reserve_more(mapping.fd_, name, range); }));
  // The kernel refuses the seal while a writable mapping exists.
  if (mapping.data_ != nullptr) ::munmap(std::exchange(mapping.data_, nullptr), bytes);
  if (!seal(mapping.fd_)) return system_error("seal", name);
  if (bytes > 0) {
    mapping.data_ = map_well(bytes, PROT_READ, MAP_SHARED, mapping.fd_.get());
    if (mapping.data_ == nullptr) return no_memory(name, bytes, "mmap: " + errno_text(errno));
  }
  return mapping;
}

Result<Mapping> Mapping::shared(const std::string& name, std::size_t bytes) {
  if (bytes > kLargest) return no_memory(name, bytes, "no address space is that large");
  const Bytes all = {0, bytes};
  FORKNET_ASSIGN(Fd fd, reserved_memory(name, bytes, {&all, 1}));
  return of(std::move(fd), Access::write);
}

Result<Mapping> Mapping::of(Fd fd, Access access, std::size_t most) {
  Mapping mapping;
  mapping.fd_ = std::move(fd);
  struct stat status = {};
  if (::fstat(mapping.fd_.get(), &status) != 0) return system_error("fstat", "a shared mapping");
  const bool writes = access == Access::write;
  mapping.size_ = std::min(static_cast<std::size_t>(status.st_size), most);
  mapping.writable_ = writes;
  if (mapping.size_ == 0) return mapping;
  mapping.data_ =
      map_well(mapping.size_, PROT_READ | (writes ? PROT_WRITE : 0), MAP_SHARED, mapping.fd_.get());
  if (mapping.data_ == nullptr) return system_error("mmap", "a shared mapping");
  return mapping;
}

// Without a second view, for want of addresses or a descriptor, the one that there is is cut up.
Status Mapping::write_only(std::span<const Bytes> ranges) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  if (second_ == nullptr && size_ >= kLeastForTwo && !ranges.empty()) {
    second_ = map_well(size_, PROT_READ, MAP_SHARED, fd_.get());
  }
  for (std::byte* const view : {data_, second_}) {
    if (view != nullptr && ::mprotect(view, size_, PROT_READ) != 0) {
      return system_error("mprotect", "weights");
    }
  }
  for (const auto& [begin, end] : ranges) {
    if (begin >= end) continue;
    FORKNET_CHECK(end <= size_);
    const std::size_t first = begin / page * page;
    if (::mprotect(written() + first, end - first, PROT_READ | PROT_WRITE) != 0) {
      return system_error("mprotect", "weights");
    }
  }
  return {};
}

Result<Mapping> Mapping::file(const FilePath& path, ErrorKind kind) {
  struct stat status = {};
  FORKNET_ASSIGN(const Fd fd, open_at(path, O_RDONLY | O_NONBLOCK, kind, status));
  if (!S_ISREG(status.st_mode)) {
    return Error{kind, "open " + path.text() +
                           ": a regular file was expected, not a folder, pipe or device"};
  }
  Mapping mapping;
  if (status.st_size == 0) return mapping;
  mapping.size_ = static_cast<std::size_t>(status.st_size);
  mapping.data_ = map(mapping.size_, PROT_READ, MAP_PRIVATE, fd.get());
  if (mapping.data_ == nullptr) return system_error("mmap", path.text(), errno, kind);
  return mapping;
}

Result<Mapping> Mapping::paged(Fd fd, const std::string& name) {
  struct stat status = {};
  if (::fstat(fd.get(), &status) != 0) return system_error("fstat", name);
  Mapping mapping;
  mapping.fd_ = std::move(fd);
  mapping.size_ = static_cast<std::size_t>(status.st_size);
  if (mapping.size_ == 0) return mapping;
  mapping.data_ = map(mapping.size_, PROT_READ, MAP_SHARED, mapping.fd_.get());
  if (mapping.data_ == nullptr) return system_error("mmap", name);
  return mapping;
}

std::span<std::byte> Mapping::writable() {
  FORKNET_CHECK(writable_);
  return {written(), size_};
}

}  // namespace forknet::os
