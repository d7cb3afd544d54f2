#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>

#include "base/check.h"
#include "base/digest.h"
#include "base/try.h"
#include "store/safetensors_header.h"

namespace forknet::store {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are copied as they are stored");

Error damaged(const std::string& path, const std::string& text) {
  return Error{ErrorKind::data, path + ": " + text};
}

// The header's text; an Error if it is not complete.
Result<std::string_view> header_of(const std::string& path, std::span<const std::byte> file) {
  std::uint64_t length = 0;
  if (file.size() < kLengthBytes) {
    return damaged(path, "the file has " + std::to_string(file.size()) +
                             " bytes; a safetensors file begins with 8 bytes that give its "
                             "header's length");
  }
  std::memcpy(&length, file.data(), kLengthBytes);
  const std::size_t rest = file.size() - kLengthBytes;
  if (length > kMostHeader) {
    return damaged(path, "the header's length is given as " + std::to_string(length) +
                             " bytes; at most " + std::to_string(kMostHeader) +
                             " were expected\nThis is probably not a safetensors file.");
  }
  if (length > rest) {
    return damaged(path, "the header's length is given as " + std::to_string(length) +
                             " bytes, but only " + std::to_string(rest) +
                             " follow\nThe file was cut short or is not a safetensors file.");
  }
  return std::string_view(reinterpret_cast<const char*>(file.data()) + kLengthBytes, length);
}

template <class From, class To>
void convert(std::span<const std::byte> bytes, std::span<To> out) {
  if constexpr (std::is_same_v<From, To>) {
    if (!out.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
  } else {
    for (std::size_t i = 0; i < out.size(); ++i) {
      From value;
      std::memcpy(&value, bytes.data() + i * sizeof(From), sizeof(From));
      out[i] = static_cast<To>(value);
    }
  }
}

}  // namespace

Result<SafetensorsFile> SafetensorsFile::open(const os::FilePath& where) {
  SafetensorsFile file;
  const std::string& path = file.path_ = where.text();
  FORKNET_ASSIGN(file.mapping_, os::Mapping::file(where, ErrorKind::data));
  FORKNET_ASSIGN(const std::string_view header, header_of(path, file.mapping_.bytes()));
  file.data_start_ = kLengthBytes + header.size();
  auto parsed = parse_header(header, file.mapping_.bytes().size() - file.data_start_);
  if (!parsed.ok()) return damaged(path, parsed.error().message);
  file.tensors_ = std::move(parsed->tensors);
  file.metadata_ = std::move(parsed->metadata);
  for (std::size_t i = 0; i < file.tensors_.size(); ++i) {
    file.index_.emplace(file.tensors_[i].name, i);
  }
  return file;
}

Status SafetensorsFile::verify() const {
  if (!has_checksum()) {
    const auto own = metadata_.lower_bound("forknet.");
    if (own == metadata_.end() || !own->first.starts_with("forknet.")) return {};
    return damaged(path_, "header, __metadata__: " + std::string(kChecksumKey) +
                              " is missing, though forknet wrote this file");
  }
  const auto file = mapping_.bytes();
  const std::string_view header(reinterpret_cast<const char*>(file.data()), data_start_);
  const std::size_t at = find_checksum(header);
  const std::string advice =
      "\nThe file is damaged, or another program has rewritten it and kept the old checksum.";
  if (at == std::string_view::npos) {
    return damaged(path_, "header, __metadata__: " + std::string(kChecksumKey) +
                              " is not written as forknet writes it" + advice);
  }
  const std::string zeros(kChecksumDigits, '0');
  Digest digest;
  digest.update(file.first(at));
  digest.update(std::as_bytes(std::span(zeros)));
  digest.update(file.subspan(at + kChecksumDigits));
  const std::string found = digest.hex();
  if (header.substr(at, kChecksumDigits) == found) return {};
  return damaged(path_, "the checksum of its bytes is " + found + ", but its header says " +
                            printable(header.substr(at, kChecksumDigits)) + advice);
}

const TensorInfo* SafetensorsFile::find(std::string_view name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &tensors_[found->second];
}

std::span<const std::byte> SafetensorsFile::bytes(const TensorInfo& tensor) const {
  return mapping_.bytes().subspan(data_start_ + tensor.begin, tensor.end - tensor.begin);
}

template <class T>
Status SafetensorsFile::read(std::string_view name, const Shape& shape, std::span<T> out) const {
  FORKNET_CHECK(bytes_of(std::is_same_v<T, float> ? DType::f32 : DType::f64, shape) ==
                out.size_bytes());
  const TensorInfo* tensor = find(name);
  if (tensor == nullptr) {
    return damaged(path_, "there is no tensor " + printable(name) + " among its " +
                              std::to_string(tensors_.size()));
  }
  const std::string where = "tensor " + printable(name) + ": ";
  if (tensor->shape != shape) {
    return damaged(path_,
                   where + "shape " + to_text(tensor->shape) + "; expected " + to_text(shape));
  }
  if (tensor->dtype == DType::f32) {
    convert<float>(bytes(*tensor), out);
  } else if (tensor->dtype == DType::f64) {
    convert<double>(bytes(*tensor), out);
  } else {
    return damaged(
        path_, where + "dtype " + std::string(name_of(tensor->dtype)) + "; expected F32 or F64");
  }
  return {};
}

Status SafetensorsFile::read_f32(std::string_view name, const Shape& shape,
                                 std::span<float> out) const {
  return read(name, shape, out);
}

Status SafetensorsFile::read_f64(std::string_view name, const Shape& shape,
                                 std::span<double> out) const {
  return read(name, shape, out);
}

}  // namespace forknet::store
