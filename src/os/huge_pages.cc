#include "os/huge_pages.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace forknet::os {
namespace {

constexpr int kCollapse = 25;  // MADV_COLLAPSE, missing from the headers of Debian 12

std::byte* map(void* address, std::size_t bytes, int protection, int flags, int fd) {
  void* const mapped = ::mmap(address, bytes, protection, flags, fd, 0);
  return mapped == MAP_FAILED ? nullptr : static_cast<std::byte*>(mapped);
}

}  // namespace

// Reserves one huge page of addresses more than needed and unmaps both ends.
std::byte* map_on_huge_pages(std::size_t bytes, int protection, int flags, int fd) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t rounded = (bytes + page - 1) / page * page;
  std::byte* const taken =
      map(nullptr, rounded + kHugePage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
  if (taken == nullptr) return nullptr;
  const std::size_t over = reinterpret_cast<std::uintptr_t>(taken) % kHugePage;
  const std::size_t head = over == 0 ? 0 : kHugePage - over;
  std::byte* const start = taken + head;
  if (head > 0) ::munmap(taken, head);
  ::munmap(start + rounded, kHugePage - head);
  if (map(start, rounded, protection, flags | MAP_FIXED, fd) != nullptr) return start;
  const int error = errno;
  ::munmap(start, rounded);
  errno = error;
  return nullptr;
}

void place_on_huge_pages(const Fd& fd, std::span<const Mapping::Bytes> ranges) {
  for (const auto& [begin, end] : ranges) {
    const std::size_t first = (begin + kHugePage - 1) / kHugePage * kHugePage;
    const std::size_t last = end / kHugePage * kHugePage;
    if (first >= last) continue;
    // The kernel treats a range without any page as truncated.
    for (std::size_t at = first; at < last; at += kHugePage) {
      if (::fallocate(fd.get(), 0, static_cast<off_t>(at), 1) != 0) return;
    }
    std::byte* const mapped = map_on_huge_pages(last, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get());
    if (mapped == nullptr) return;
    ::madvise(mapped + first, last - first, kCollapse);
    ::munmap(mapped, last);
  }
}

}  // namespace forknet::os
