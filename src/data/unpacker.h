// The content of an xz or zst file as a stream of bytes. Several streams or frames in a row are one
// content. Decompressed only as it is read, with at most 128 MiB of decoder memory: files that need
// more are refused (those of xz -9 and zstd -19 need less). Errors are of kind data and name the
// file: it is truncated, damaged, packed twice or followed by other bytes, or a checksum is wrong.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace forknet::data {

enum class Packing : std::uint8_t { none, xz, zst };

// How a file is packed, by its first bytes.
[[nodiscard]] Packing packing_of(std::string_view head);

// The next bytes; fewer than requested only at the end of the content.
using Unpacker = std::function<Result<std::size_t>(std::span<std::byte>)>;

// `packing` must not be `none`.
[[nodiscard]] Result<Unpacker> open_unpacker(const std::string& path, Packing packing);

}  // namespace forknet::data
