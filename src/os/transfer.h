// Whole transfers on a bare descriptor, for the files of src/os: handles interruptions and short
// transfers.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <span>

namespace forknet::os {

// Writes all bytes. Returns 0, or the errno of the call that failed.
[[nodiscard]] int write_fully(int fd, std::span<const std::byte> bytes);

// The same from `offset` on; the descriptor's own position stays.
[[nodiscard]] int write_fully_at(int fd, off_t offset, std::span<const std::byte> bytes);

// Reads until `bytes` is full or the file ends; `got` is the number of bytes read. Returns 0 or an
// errno.
[[nodiscard]] int read_fully(int fd, std::span<std::byte> bytes, std::size_t& got);

}  // namespace forknet::os
