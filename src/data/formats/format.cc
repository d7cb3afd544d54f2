#include "data/formats/format.h"

#include <array>
#include <cstddef>
#include <filesystem>
#include <span>
#include <system_error>

#include "base/check.h"
#include "data/byte_source.h"
#include "data/error.h"
#include "data/formats/npy/source.h"

namespace forknet::data {

const std::vector<Format>& formats() {
  // The order in which a file is asked for its format.
  static const std::vector<Format> kFormats = {idx_format(), npy_format(), images_format(),
                                               csv_format(), arrays_format()};
  return kFormats;
}

const Format& format_of(DataFormat format) {
  for (const Format& one : formats()) {
    if (one.format == format) return one;
  }
  FORKNET_CHECK(false);
  return formats().front();
}

Result<const Format*> sniff_format(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return &format_of(DataFormat::images);
  FORKNET_ASSIGN(ByteSource source, ByteSource::open(npy_path(path).file));
  std::array<std::byte, 512> bytes{};
  FORKNET_ASSIGN(const std::size_t got, source.read(bytes));
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()), got);
  if (got == 0) return data_error("{}: the file is empty", path);
  std::string known;
  for (const Format& one : formats()) {
    if (one.sniff == nullptr) continue;
    if (one.sniff(head)) return &one;
    known += fmt::format("{}{} ({})", known.empty() ? "" : ", ", one.name, one.what);
  }
  return data_error("{}: the format of this file is not known\n  expected {}", path, known);
}

}  // namespace forknet::data
