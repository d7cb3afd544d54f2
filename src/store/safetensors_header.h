// The JSON header of a safetensors file: text to tensors and back. Pure: no file access.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/safetensors.h"

namespace forknet::store {

inline constexpr std::size_t kLengthBytes = 8;           // the header's length, before it
inline constexpr std::size_t kMostHeader = 100'000'000;  // the limit of the reference reader
inline constexpr std::size_t kDataAlignment = 64;
inline constexpr std::size_t kChecksumDigits = 32;
inline constexpr std::string_view kMetadataName = "__metadata__";

struct ParsedHeader {
  std::vector<TensorInfo> tensors;  // in the order of their data
  Metadata metadata;
};

// Parses and checks everything: valid JSON and UTF-8, unique names, known dtypes, sizes that agree
// with shapes, and tensors that cover `data_bytes` without overlap or hole. The Error's message
// names the place within the header; the caller prefixes the file's name.
[[nodiscard]] Result<ParsedHeader> parse_header(std::string_view text, std::size_t data_bytes);

// The first bytes of a file: length, header, padding; the checksum's digits are zeros.
struct HeaderText {
  std::string text;
  std::size_t checksum_at = 0;  // position of its digits in the file
};
// The tensors' begin and end must be set.
[[nodiscard]] Result<HeaderText> format_header(std::span<const TensorInfo> tensors,
                                               const Metadata& metadata);

// Position of the checksum's digits in the header; npos if there is none. In a JSON string quotes
// are escaped, so only the key itself can match.
[[nodiscard]] std::size_t find_checksum(std::string_view header);

// Bytes of that shape and dtype; nothing if they do not fit.
[[nodiscard]] std::optional<std::size_t> bytes_of(DType dtype, const Shape& shape);

// A name from a file, safe to print: quoted, escaped, shortened if long.
[[nodiscard]] std::string printable(std::string_view name);

}  // namespace forknet::store
