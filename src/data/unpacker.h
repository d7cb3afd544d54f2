// The content of an xz or zst file as a stream of bytes. Several streams or frames in a row are one
// content. Unpacked only as far as it is asked for, with at most 128 MiB of memory of the decoder:
// files that ask for more are refused (what xz -9 and zstd -19 write asks for less). What is cut
// short, damaged, packed twice or followed by something else is an Error of kind data that names
// the file; so is a checksum that does not hold.
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

// How a file is packed, by how it begins.
[[nodiscard]] Packing packing_of(std::string_view head);

// The next bytes; fewer than asked for only where the content ends.
using Unpacker = std::function<Result<std::size_t>(std::span<std::byte>)>;

// `packing` is not `none`.
[[nodiscard]] Result<Unpacker> open_unpacker(const std::string& path, Packing packing);

}  // namespace forknet::data
