#include "data/idx_header.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <optional>

#include "base/checked.h"
#include "base/try.h"
#include "data/error.h"
#include "data/mistaken.h"
#include "data/packed_files.h"

namespace forknet::data {
namespace {

constexpr std::size_t kMagicBytes = 4;
constexpr std::size_t kSizeBytes = 4;
constexpr std::size_t kIdxPieceNumbers = 8192;
constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

// `count` bytes, most significant first.
std::uint64_t big_endian(const std::byte* bytes, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    value = (value << 8) | std::to_integer<std::uint64_t>(bytes[i]);
  }
  return value;
}

double decode(IdxType type, const std::byte* bytes) {
  const std::uint64_t bits = big_endian(bytes, idx_number_bytes(type));
  switch (type) {
    case IdxType::u8:
      return static_cast<double>(bits);
    case IdxType::i8:
      return static_cast<std::int8_t>(bits);
    case IdxType::i16:
      return static_cast<std::int16_t>(bits);
    case IdxType::i32:
      return static_cast<std::int32_t>(bits);
    case IdxType::f32:
      return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    case IdxType::f64:
      break;
  }
  return std::bit_cast<double>(bits);
}

std::optional<IdxType> parse_type(std::byte code) {
  for (const IdxType type :
       {IdxType::u8, IdxType::i8, IdxType::i16, IdxType::i32, IdxType::f32, IdxType::f64}) {
    if (std::to_integer<std::uint8_t>(code) == static_cast<std::uint8_t>(type)) return type;
  }
  return std::nullopt;
}

Error cut_in_header(const ByteSource& source) {
  if (source.file_bytes() == 0) {
    return data_error("{}: the file is empty; an IDX file was expected", source.path());
  }
  return data_error("{}: the file ends within its header; is the download complete?",
                    source.path());
}

// Fills `bytes` from the header.
Status read_header_bytes(ByteSource& source, std::span<std::byte> bytes) {
  FORKNET_ASSIGN(const std::size_t got, source.read(bytes));
  if (got < bytes.size()) return cut_in_header(source);
  return {};
}

// What the file is instead of IDX; "": unknown.
std::string seems_to_be(const std::string& path) {
  Result<ByteSource> source = ByteSource::open(path);
  std::array<std::byte, 64> bytes{};
  const Result<std::size_t> got = source.ok() ? source->read(bytes) : std::size_t{0};
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()), got.ok() ? *got : 0);
  if (begins_as_packed(head)) {
    return "packed twice, or otherwise than with gzip, which is what IDX files are read from\n"
           "  unpack it first";
  }
  return std::string(mistaken_for(head));
}

Result<IdxType> read_magic(ByteSource& source, std::size_t& rank) {
  std::array<std::byte, kMagicBytes> magic{};
  FORKNET_TRY(read_header_bytes(source, magic));
  const std::optional<IdxType> type = parse_type(magic[2]);
  if (magic[0] != std::byte{0} || magic[1] != std::byte{0} || !type) {
    if (const std::string what = seems_to_be(source.path()); !what.empty()) {
      return data_error("{}: {}", source.path(), what);
    }
    return data_error(
        "{}: not an IDX file: it starts with {:02x} {:02x} {:02x} {:02x}\n"
        "expected 00 00, a type (08 u8, 09 i8, 0b i16, 0c i32, 0d f32, 0e f64) and a rank",
        source.path(), std::to_integer<int>(magic[0]), std::to_integer<int>(magic[1]),
        std::to_integer<int>(magic[2]), std::to_integer<int>(magic[3]));
  }
  rank = std::to_integer<std::size_t>(magic[3]);
  if (rank == 0)
    return data_error("{}: the header has rank 0; at least 1 was expected", source.path());
  return *type;
}

// Sets the fields derived from type and shape; an Error if the size cannot be addressed.
Status measure(const std::string& path, IdxHeader& header) {
  std::optional<std::size_t> features = 1;
  for (std::size_t i = 1; i < header.shape.size() && features; ++i) {
    features = checked_multiply(*features, header.shape[i]);
  }
  std::optional<std::size_t> bytes;
  if (features) bytes = checked_multiply(header.rows(), *features);
  if (bytes) bytes = checked_multiply(*bytes, idx_number_bytes(header.type));
  if (!bytes) {
    return data_error("{}: the header promises {} numbers, more than can be addressed", path,
                      shape_text(header.shape));
  }
  header.features = *features;
  header.content_bytes = *bytes;
  return {};
}

std::string promise(const ByteSource& source, const IdxHeader& header) {
  const std::size_t each = idx_number_bytes(header.type);
  return fmt::format("{}: the header promises {}{} = {} bytes", source.path(),
                     shape_text(header.shape), each == 1 ? "" : fmt::format(" x {}", each),
                     header.content_bytes);
}

Error holds_less(const ByteSource& source, const IdxHeader& header, std::uint64_t held) {
  return data_error("{}, the file holds {}; is the download complete?", promise(source, header),
                    held);
}

Status check_against_file(const ByteSource& source, const IdxHeader& header) {
  const std::size_t header_bytes = kMagicBytes + kSizeBytes * header.shape.size();
  if (source.compressed()) {
    if (header.content_bytes <= source.most_bytes()) return {};
    return data_error("{}, but {} bytes of gzip hold at most {}; is the file damaged?",
                      promise(source, header), source.file_bytes(), source.most_bytes());
  }
  const std::uint64_t held =
      source.file_bytes() - std::min<std::uint64_t>(source.file_bytes(), header_bytes);
  if (held < header.content_bytes) return holds_less(source, header, held);
  if (held > header.content_bytes) {
    return data_error("{}, the file holds {}; is it damaged?", promise(source, header), held);
  }
  return {};
}

}  // namespace

std::size_t idx_number_bytes(IdxType type) {
  switch (type) {
    case IdxType::u8:
    case IdxType::i8:
      return 1;
    case IdxType::i16:
      return 2;
    case IdxType::i32:
    case IdxType::f32:
      return 4;
    case IdxType::f64:
      break;
  }
  return 8;
}

std::string_view idx_type_name(IdxType type) {
  switch (type) {
    case IdxType::u8:
      return "u8";
    case IdxType::i8:
      return "i8";
    case IdxType::i16:
      return "i16";
    case IdxType::i32:
      return "i32";
    case IdxType::f32:
      return "f32";
    case IdxType::f64:
      break;
  }
  return "f64";
}

bool idx_is_integer(IdxType type) { return type != IdxType::f32 && type != IdxType::f64; }

std::string shape_text(std::span<const std::size_t> shape) {
  return fmt::format("{}", fmt::join(shape, " x "));
}

Result<IdxHeader> read_idx_header(ByteSource& source) {
  IdxHeader header;
  std::size_t rank = 0;
  FORKNET_ASSIGN(header.type, read_magic(source, rank));
  for (std::size_t i = 0; i < rank; ++i) {
    std::array<std::byte, kSizeBytes> size{};
    FORKNET_TRY(read_header_bytes(source, size));
    header.shape.push_back(static_cast<std::size_t>(big_endian(size.data(), kSizeBytes)));
  }
  if (std::find(header.shape.begin(), header.shape.end(), std::size_t{0}) != header.shape.end()) {
    return data_error("{}: the header says {}: no {} at all", source.path(),
                      shape_text(header.shape), header.rows() == 0 ? "rows" : "numbers");
  }
  FORKNET_TRY(measure(source.path(), header));
  FORKNET_TRY(check_against_file(source, header));
  return header;
}

Status read_idx_bytes(ByteSource& source, const IdxHeader& header, std::span<std::byte> bytes,
                      const ReadingProgress& progress) {
  for (std::size_t done = 0; done < bytes.size();) {
    const std::size_t piece = std::min(kPieceBytes, bytes.size() - done);
    FORKNET_ASSIGN(const std::size_t got, source.read(bytes.subspan(done, piece)));
    done += got;
    if (got < piece) return holds_less(source, header, done);
    if (progress) progress(source.path(), done, bytes.size());
  }
  return {};
}

Status read_idx_numbers(ByteSource& source, const IdxHeader& header, const NumberSink& take,
                        const ReadingProgress& progress) {
  const std::size_t each = idx_number_bytes(header.type);
  const std::size_t total = header.rows() * header.features;
  std::vector<std::byte> raw(std::min(total, kIdxPieceNumbers) * each);
  std::vector<double> numbers(std::min(total, kIdxPieceNumbers));
  for (std::size_t first = 0; first < total; first += numbers.size()) {
    numbers.resize(std::min(kIdxPieceNumbers, total - first));
    FORKNET_ASSIGN(const std::size_t got, source.read(std::span(raw).first(numbers.size() * each)));
    if (got < numbers.size() * each) return holds_less(source, header, first * each + got);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      numbers[i] = decode(header.type, raw.data() + i * each);
    }
    FORKNET_TRY(take(first, numbers));
    if (progress) progress(source.path(), (first + numbers.size()) * each, total * each);
  }
  return expect_idx_end(source, header);
}

Status expect_idx_end(ByteSource& source, const IdxHeader& header) {
  FORKNET_ASSIGN(const bool ended, source.at_end());
  if (!ended) return data_error("{}, the file holds more; is it damaged?", promise(source, header));
  return {};
}

}  // namespace forknet::data
