// Memory in pages of 2 MiB: a step reads weights in more places at once than the CPU's TLB covers
// with small pages. A hint: small pages work too.
#pragma once

#include <cstddef>
#include <span>

#include "os/mapping.h"

namespace forknet::os {

inline constexpr std::size_t kHugePage = std::size_t{2} << 20;

// Like mmap() at offset 0, at an address aligned to a huge page; null: errno says why.
[[nodiscard]] std::byte* map_on_huge_pages(std::size_t bytes, int protection, int flags, int fd);

// Gives a file in memory, which has its final length but no pages yet, huge pages for all whole
// ones in the ranges, if the kernel can (Linux 6.1: madvise MADV_COLLAPSE). A mapping at such an
// address then has them. The rest of the ranges must still be reserved.
void place_on_huge_pages(const Fd& fd, std::span<const Mapping::Bytes> ranges);

}  // namespace forknet::os
