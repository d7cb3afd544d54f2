#include "data/formats/npy/header.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/checked.h"
#include "data/error.h"
#include "data/formats/npy/literal.h"
#include "data/idx_header.h"

namespace forknet::data {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kPrefixBytes = 8;  // magic and version
// Version 1.0 has no longer ones, and what numpy writes for numbers has some 120 bytes.
constexpr std::size_t kMostLiteral = 65'535;

struct NamedType {
  std::string_view code;
  NpyType type;
  std::string_view name;
};

constexpr auto kTypes = std::to_array<NamedType>({
    {"b1", {NpyKind::boolean, 1}, "bool"},
    {"i1", {NpyKind::whole, 1}, "int8"},
    {"i2", {NpyKind::whole, 2}, "int16"},
    {"i4", {NpyKind::whole, 4}, "int32"},
    {"i8", {NpyKind::whole, 8}, "int64"},
    {"u1", {NpyKind::natural, 1}, "uint8"},
    {"u2", {NpyKind::natural, 2}, "uint16"},
    {"u4", {NpyKind::natural, 4}, "uint32"},
    {"u8", {NpyKind::natural, 8}, "uint64"},
    {"f2", {NpyKind::real, 2}, "float16"},
    {"f4", {NpyKind::real, 4}, "float32"},
    {"f8", {NpyKind::real, 8}, "float64"},
});

// What a type holds that is refused, by the letter of its kind.
std::string_view refused_kind(char letter) {
  switch (letter) {
    case 'O':
      return "pickled objects, which forknet does not run";
    case 'c':
      return "complex numbers";
    case 'S':
    case 'a':
    case 'U':
      return "texts";
    case 'V':
      return "raw bytes or structures";
    case 'M':
    case 'm':
      return "dates or times";
    default:
      return "numbers of an unknown type";
  }
}

Status set_type(const std::string& descr, const std::string& name, NpyHeader& header) {
  std::string_view code = descr;
  if (!code.empty() && std::string_view("<>|=").find(code.front()) != std::string_view::npos) {
    header.big_endian = code.front() == '>';
    code.remove_prefix(1);
  }
  if (code == "?") code = "b1";
  const auto* found = std::find_if(kTypes.begin(), kTypes.end(),
                                   [&](const NamedType& type) { return type.code == code; });
  if (found != kTypes.end()) {
    header.type = found->type;
    return {};
  }
  return data_error(
      "{}: the array holds {} (dtype \"{:.24}\")\n"
      "expected bool, whole numbers or floats up to 8 bytes: save it with astype(\"float32\")",
      name, refused_kind(code.empty() ? ' ' : code.front()), descr);
}

// Sets what follows from type and shape, if it can be addressed at all.
Status measure(const std::string& name, NpyHeader& header) {
  if (header.shape.empty()) {
    return data_error("{}: a single number (shape ()), no rows; an array was expected", name);
  }
  if (std::find(header.shape.begin(), header.shape.end(), std::size_t{0}) != header.shape.end()) {
    return data_error("{}: the shape is {}: no {} at all", name, shape_text(header.shape),
                      header.rows() == 0 ? "rows" : "numbers");
  }
  std::optional<std::size_t> features = 1;
  for (std::size_t i = 1; i < header.shape.size() && features; ++i) {
    features = checked_multiply(*features, header.shape[i]);
  }
  std::optional<std::size_t> bytes;
  if (features) bytes = checked_multiply(header.rows(), *features);
  if (bytes) bytes = checked_multiply(*bytes, header.type.bytes);
  if (!bytes) {
    return data_error("{}: the header promises {} numbers, more than can be addressed", name,
                      shape_text(header.shape));
  }
  header.features = *features;
  header.content_bytes = *bytes;
  return {};
}

std::string promise(const NpySource& source, const NpyHeader& header) {
  return fmt::format("{}: the header promises {} of {} = {} bytes", source.name,
                     shape_text(header.shape), npy_type_name(header.type), header.content_bytes);
}

Status check_against_source(const NpySource& source, const NpyHeader& header,
                            std::uint64_t header_bytes) {
  const std::uint64_t most =
      source.most_bytes - std::min<std::uint64_t>(source.most_bytes, header_bytes);
  if (header.content_bytes > most && source.notified_bytes == source.most_bytes) {
    return npy_holds_less(source, header, most);
  }
  if (header.content_bytes > most) {
    return data_error("{}, but what is packed holds at most {}; is the file damaged?",
                      promise(source, header), most);
  }
  // Where nothing is told, expect_npy_end() finds it out.
  if (source.notified_bytes.value_or(0) <= header_bytes + header.content_bytes) return {};
  return data_error("{}, the file holds {}; is it damaged?", promise(source, header),
                    *source.notified_bytes - header_bytes);
}

// Fills `bytes` from the header.
Status read_part(const NpySource& source, std::span<std::byte> bytes) {
  FORKNET_ASSIGN(const std::size_t got, source.read(bytes));
  if (got == bytes.size()) return {};
  return data_error("{}: the file ends within its header; is the download complete?", source.name);
}

// How many bytes say how long the literal is.
Result<std::size_t> read_prefix(const NpySource& source) {
  std::array<std::byte, kPrefixBytes> prefix{};
  FORKNET_TRY(read_part(source, prefix));
  const std::string_view text(reinterpret_cast<const char*>(prefix.data()), prefix.size());
  if (!text.starts_with(kMagic)) {
    return data_error("{}: not an array of numpy: it does not begin with \"\\x93NUMPY\"",
                      source.name);
  }
  const int major = std::to_integer<int>(prefix[6]);
  const int minor = std::to_integer<int>(prefix[7]);
  if (major >= 1 && major <= 3 && minor == 0) return major == 1 ? 2 : 4;
  return data_error("{}: NPY version {}.{}; 1.0, 2.0 or 3.0 was expected", source.name, major,
                    minor);
}

}  // namespace

std::string npy_type_name(const NpyType& type) {
  for (const NamedType& one : kTypes) {
    if (one.type.kind == type.kind && one.type.bytes == type.bytes) return std::string(one.name);
  }
  return "?";
}

Result<NpyHeader> parse_npy_literal(std::string_view literal, const std::string& name) {
  FORKNET_ASSIGN(NpyLiteral parsed, parse_literal(literal, name));
  NpyHeader header;
  header.fortran = parsed.fortran_order && parsed.shape.size() > 1;
  header.shape = std::move(parsed.shape);
  FORKNET_TRY(set_type(parsed.descr, name, header));
  FORKNET_TRY(measure(name, header));
  return header;
}

Result<NpyHeader> read_npy_header(const NpySource& source) {
  FORKNET_ASSIGN(const std::size_t length_bytes, read_prefix(source));
  std::array<std::byte, 4> length_text{};
  FORKNET_TRY(read_part(source, std::span(length_text).first(length_bytes)));
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) {
    length |= std::to_integer<std::size_t>(length_text[i]) << (8 * i);
  }
  if (length > kMostLiteral) {
    return data_error("{}: the header is {} bytes long; at most {} were expected; is it damaged?",
                      source.name, length, kMostLiteral);
  }
  std::string literal(length, '\0');
  FORKNET_TRY(read_part(source, std::as_writable_bytes(std::span(literal))));
  FORKNET_ASSIGN(NpyHeader header, parse_npy_literal(literal, source.name));
  FORKNET_TRY(check_against_source(source, header, kPrefixBytes + length_bytes + length));
  return header;
}

Status expect_npy_end(const NpySource& source, const NpyHeader& header) {
  std::byte next{};
  FORKNET_ASSIGN(const std::size_t got, source.read({&next, 1}));
  if (got == 0) return {};
  return data_error("{}, the file holds more; is it damaged?", promise(source, header));
}

Error npy_holds_less(const NpySource& source, const NpyHeader& header, std::uint64_t held) {
  return data_error("{}, the file holds {}; is the download complete?", promise(source, header),
                    held);
}

}  // namespace forknet::data
