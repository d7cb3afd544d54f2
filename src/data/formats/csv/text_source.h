// The bytes of a text table on disk: plain, gzip, xz, zst, or the one file of a zip. The packing is
// detected by the first bytes, never by the name. Unpacks only as much as is read, with at most 128
// MiB of decoder memory, and to at most 1032 times the file or 256 MiB, whichever is more. Errors
// are of kind data and name the file.
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
  // Reads the next bytes; fewer than requested only at the end, where checksums are verified.
  std::function<Result<std::size_t>(std::span<std::byte>)> read;
  std::uint64_t bytes = 0;  // length of the content; 0: not known before its end
};

// Opens a file, or a file in a zip: "set.zip:folder/t.csv". Error: a zip of several files if none
// is named; the message lists their names.
[[nodiscard]] Result<TextSource> open_text(const std::string& path);

// True: a file that begins with `head` is unpacked by open_text and not by ByteSource: zip, xz,
// zst.
[[nodiscard]] bool is_packed_text(std::string_view head);

// What to do about a file that begins with `head` if its packing is not supported or it is not
// text;
// "": neither.
[[nodiscard]] std::string packed_otherwise(std::string_view head);

// "set.zip:t.csv" names the file t.csv in the zip; an existing file of the full name takes
// precedence.
struct TextPath {
  std::string file;
  std::string member;  // empty: not named
};
[[nodiscard]] TextPath text_path(const std::string& text);

}  // namespace forknet::data::csv
