// The bytes of one array as it was written by numpy.save: a file, plain or gzip, or a member of an
// archive (archive.h). Errors are of kind data and name the file. One thread at a time.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "data/reading.h"

namespace forknet::data {

struct NpySource {
  std::string name;  // "x.npy", "set.npz:x"
  // No content can be larger.
  std::uint64_t most_bytes = 0;
  // How large it is, where the file says so.
  std::optional<std::uint64_t> notified_bytes = {};
  // The next bytes; fewer than asked for only where the content ends. Checksums are verified there.
  std::function<Result<std::size_t>(std::span<std::byte>)> read;
  ReadingProgress progress = {};  // of its numbers
};

enum class NpyFile : std::uint8_t { array, archive };

// What a file is by how it begins, unpacked; an Error says what else it seems to be.
[[nodiscard]] Result<NpyFile> npy_file_kind(const std::string& path);

[[nodiscard]] Result<NpySource> open_npy_file(const std::string& path);

// "set.npz:x" names the array x of the archive set.npz; a file of the whole name goes first.
struct NpyPath {
  std::string file;
  std::string member;  // empty: not named
};
[[nodiscard]] NpyPath npy_path(const std::string& text);

}  // namespace forknet::data
