// The bytes of a table of text as it lies on disk: plain, gzip, xz, zst, or the one file of a zip.
// How it is packed is told by its first bytes, never by the name. Content is unpacked only as far
// as it is asked for, with at most 128 MiB of memory of the decoder, and to at most 1032 times the
// file or 256 MiB, whichever is more. Errors are of kind data and name the file.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace forknet::data::csv {

struct TextSource {
  std::string name;  // "t.csv.xz", "set.zip:t.csv"
  // The next bytes; fewer than asked for only where the content ends. Checksums are verified there.
  std::function<Result<std::size_t>(std::span<std::byte>)> read;
  std::uint64_t bytes = 0;  // of the whole content; 0: not known before its end
};

// A file, or a file of a zip: "set.zip:folder/t.csv". A zip of several files is refused with their
// names where none is named.
[[nodiscard]] Result<TextSource> open_text(const std::string& path);

// Whether a file that begins so is unpacked by open_text and not by ByteSource: zip, xz, zst.
[[nodiscard]] bool is_packed_text(std::string_view head);

// What to do about a file that begins so and is packed in a way that nothing here unpacks, or is
// no file of text at all; "": it is neither.
[[nodiscard]] std::string packed_otherwise(std::string_view head);

// "set.zip:t.csv" names the file t.csv of the zip; a file of the whole name goes first.
struct TextPath {
  std::string file;
  std::string member;  // empty: not named
};
[[nodiscard]] TextPath text_path(const std::string& text);

}  // namespace forknet::data::csv
