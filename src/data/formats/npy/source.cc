#include "data/formats/npy/source.h"

#include <array>
#include <memory>
#include <string_view>
#include <utility>

#include "data/byte_source.h"
#include "data/error.h"
#include "data/mistaken.h"
#include "data/packed_files.h"
#include "os/file.h"

namespace forknet::data {
namespace {

constexpr std::string_view kArrayMagic = "\x93NUMPY";
constexpr std::string_view kZipMagic = "PK\x03\x04";
constexpr std::string_view kEmptyZipMagic = "PK\x05\x06";
constexpr std::size_t kKindBytes = 64;

// What people save by mistake in the place of an array.
std::string seems_to_be(std::string_view head) {
  if (const std::string_view what = mistaken_for(head); !what.empty()) return std::string(what);
  if (begins_as_packed(head)) {
    return "it is packed twice, or otherwise than with gzip or zip; unpack it first";
  }
  const std::size_t first = head.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && head[first] == '<') {
    return "this is a web page: the download failed";
  }
  if (head.starts_with("\x80\x02") || head.starts_with("\x80\x03") ||
      head.starts_with("\x80\x04") || head.starts_with("\x80\x05")) {
    return "this is a pickle, which forknet does not run; save the array with numpy.save";
  }
  return "it begins with neither \"\\x93NUMPY\" (numpy.save) nor \"PK\" (numpy.savez)";
}

}  // namespace

Result<NpyFile> npy_file_kind(const std::string& path) {
  FORKNET_ASSIGN(ByteSource source, ByteSource::open(path));
  std::array<std::byte, kKindBytes> bytes{};
  FORKNET_ASSIGN(const std::size_t got, source.read(bytes));
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()), got);
  if (got == 0) return data_error("{}: the file is empty; an array (NPY, NPZ) was expected", path);
  if (head.starts_with(kArrayMagic)) return NpyFile::array;
  if (head.starts_with(kZipMagic) || head.starts_with(kEmptyZipMagic)) {
    if (!source.compressed()) return NpyFile::archive;
    return data_error("{}: an archive within gzip; unpack it once: gunzip {}", path, path);
  }
  return data_error("{}: not an array of numpy: {}", path, seems_to_be(head));
}

Result<NpySource> open_npy_file(const std::string& path) {
  FORKNET_ASSIGN(ByteSource opened, ByteSource::open(path));
  auto source = std::make_shared<ByteSource>(std::move(opened));
  NpySource array{path, source->most_bytes(), {}, {}, {}};
  if (!source->compressed()) array.notified_bytes = source->file_bytes();
  array.read = [source](std::span<std::byte> bytes) { return source->read(bytes); };
  return array;
}

NpyPath npy_path(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0 || os::exists(text)) return {text, {}};
  if (text.find('/', colon) != std::string::npos) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace forknet::data
