// The JSON header of a safetensors file: text to tensors and back. Pure: no files here.
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

// Parses and checks all there is to check: valid JSON and UTF-8, no name twice, known dtypes, sizes
// that agree with shapes, and tensors that cover `data_bytes` without overlap or hole. The Error's
// message names the place within the header; the caller puts the file's name before it.
[[nodiscard]] Result<ParsedHeader> parse_header(std::string_view text, std::size_t data_bytes);

// The bytes a file starts with: length, header, padding, with the checksum's digits as zeros.
struct HeaderText {
  std::string text;
  std::size_t checksum_at = 0;  // where in the file its digits stand
};
// The tensors' begin and end must be set.
[[nodiscard]] Result<HeaderText> format_header(std::span<const TensorInfo> tensors,
                                               const Metadata& metadata);

// Where in the header the checksum's digits stand; npos when there is none. Inside a JSON string
// a quote is escaped, so nothing but the key itself can look like it.
[[nodiscard]] std::size_t find_checksum(std::string_view header);

// shape and dtype -> bytes, or nothing when that does not fit.
[[nodiscard]] std::optional<std::size_t> bytes_of(DType dtype, const Shape& shape);

// A name out of a file, safe to print: quoted, escaped, cut when long.
[[nodiscard]] std::string printable(std::string_view name);

}  // namespace forknet::store
