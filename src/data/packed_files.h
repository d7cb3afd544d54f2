// The files in a zip or a tar (plain, gzip, xz or zst), one after the other in storage order. The
// first bytes tell how it is packed. Nothing is unpacked to disk. Refused: names that lead out of
// the archive ("/x", "a/../x"), more than 2,000,000 entries, names of more than 4 KiB or 256 MiB in
// total, contents of more than 1032 times the archive or 256 MiB, whichever is more. Errors are of
// kind data and name the archive and, if there is one, the entry. One thread at a time.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace forknet::data {

struct PackedEntry {
  // other: links, devices, and files with control characters in their names, shown as "?"
  enum class Kind : std::uint8_t { file, folder, other };
  std::string name;  // "cat/1.png": without "." and doubled slashes; "": the archive's root
  Kind kind = Kind::other;
  std::uint64_t bytes = 0;  // as declared by the archive; 0 if it does not say
};

class PackedFiles {
 public:
  [[nodiscard]] static Result<PackedFiles> open(const std::string& path);
  PackedFiles(const PackedFiles&) = delete;
  PackedFiles& operator=(const PackedFiles&) = delete;
  PackedFiles(PackedFiles&&) noexcept;
  PackedFiles& operator=(PackedFiles&&) noexcept;
  ~PackedFiles();

  // Goes to the next entry; nothing: there is none, and all checksums are right.
  [[nodiscard]] Result<std::optional<PackedEntry>> next();
  // The entry's content, once; an Error if it has more than `most` bytes.
  [[nodiscard]] Result<std::string> read(std::size_t most);
  // Instead of read(): its first bytes, fewer if it ends before.
  [[nodiscard]] Result<std::string> head(std::size_t bytes);

 private:
  struct State;
  explicit PackedFiles(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Whether this path is a file that PackedFiles can read.
[[nodiscard]] bool packs_files(const std::string& path);

// Whether content that begins so (512 bytes suffice) is a tar; is packed in any way, tar included.
[[nodiscard]] bool begins_as_tar(std::string_view head);
[[nodiscard]] bool begins_as_packed(std::string_view head);

// A name from an archive for messages: quoted, control characters replaced, shortened if long.
[[nodiscard]] std::string shown_entry(std::string_view name);

}  // namespace forknet::data
