// The bytes of one array written by numpy.save: a file, plain or gzip, or a member of an archive
// (archive.h). Errors are of kind data and name the file. One thread at a time.
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
  // Upper bound of the content's size.
  std::uint64_t most_bytes = 0;
  // The size declared by the file, if any.
  std::optional<std::uint64_t> declared_bytes = {};
  // The next bytes; fewer than requested only at the end, where checksums are verified.
  std::function<Result<std::size_t>(std::span<std::byte>)> read;
  ReadingProgress progress = {};  // reports numbers read
};

enum class NpyFile : std::uint8_t { array, archive };

// The kind of a file by its first bytes, unpacked; the Error says what else it seems to be.
[[nodiscard]] Result<NpyFile> npy_file_kind(const std::string& path);

[[nodiscard]] Result<NpySource> open_npy_file(const std::string& path);

// "set.npz:x": the array x of the archive set.npz; a file with the whole name takes precedence.
struct NpyPath {
  std::string file;
  std::string member;  // empty: not named
};
[[nodiscard]] NpyPath npy_path(const std::string& text);

}  // namespace forknet::data
