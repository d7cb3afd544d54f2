// Memory in pages of 2 MiB: a step walks through weights in many places at once, more than a CPU
// remembers the addresses of small pages for. Wishes all of it: small pages work too.
#pragma once

#include <cstddef>
#include <span>

#include "os/mapping.h"

namespace forknet::os {

inline constexpr std::size_t kHugePage = std::size_t{2} << 20;

// Like mmap() at offset 0, at an address that begins a huge page; null: errno says why.
[[nodiscard]] std::byte* map_on_huge_pages(std::size_t bytes, int protection, int flags, int fd);

// Gives a file in memory, as long as it will be but without pages yet, huge ones as far as whole
// ones lie in the ranges and the kernel can (Linux 6.1: madvise MADV_COLLAPSE). Whoever maps it at
// such an address then gets them. The rest of the ranges is still to be reserved.
void place_on_huge_pages(const Fd& fd, std::span<const Mapping::Bytes> ranges);

}  // namespace forknet::os
