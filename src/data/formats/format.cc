#include "data/formats/format.h"

#include <cstddef>
#include <filesystem>
#include <span>
#include <system_error>

#include "base/check.h"
#include "base/try.h"
#include "data/byte_source.h"
#include "data/error.h"
#include "data/formats/csv/text_source.h"
#include "data/formats/images/tree.h"
#include "data/formats/npy/source.h"

namespace forknet::data {

// Each is defined in its folder.
Format idx_format();
Format npy_format();
Format images_format();
Format csv_format();
Format arrays_format();

const std::vector<Format>& formats() {
  // Formats are tried in this order.
  static const std::vector<Format> kFormats = {
      idx_format(), npy_format(), images_format(), csv_format(), arrays_format(),
  };
  return kFormats;
}

namespace {

constexpr std::size_t kHeadBytes = 512;

// The first bytes of a file's content, unpacked; for a zip of arrays, those of the zip.
Result<std::string> head_of(const std::string& path) {
  const csv::TextPath text = csv::text_path(path);
  FORKNET_ASSIGN(ByteSource source,
                 ByteSource::open(text.member.empty() ? npy_path(path).file : text.file));
  std::string head(kHeadBytes, '\0');
  FORKNET_ASSIGN(std::size_t got, source.read(std::as_writable_bytes(std::span(head))));
  const std::string_view packed = std::string_view(head).substr(0, got);
  const bool arrays = format_of("npy").sniff(packed);
  if (!arrays && !source.compressed() && csv::is_packed_text(packed)) {
    FORKNET_ASSIGN(const csv::TextSource unpacked, csv::open_text(path));
    FORKNET_ASSIGN(got, unpacked.read(std::as_writable_bytes(std::span(head))));
  }
  head.resize(got);
  return head;
}

// The format that a file's name suggests, if it is not a table; null: none.
const Format* by_name(std::string_view path) {
  if (path.ends_with(".gz")) path.remove_suffix(3);
  if (has_picture_name(path)) return &format_of("images");
  if (path.ends_with(".npy") || path.ends_with(".npz")) return &format_of("npy");
  const bool idx = path.ends_with(".idx") || path.ends_with("-ubyte");
  return idx ? &format_of("idx") : nullptr;
}

}  // namespace

const Format& format_of(std::string_view name) {
  for (const Format& one : formats()) {
    if (one.name == name) return one;
  }
  FORKNET_CHECK(false);
  return formats().front();
}

std::vector<const DataSource*> own_sources(const DataConfig& config) {
  std::vector<const DataSource*> sources;
  for (const DataSource* source : {&config.train, &config.validation, &config.test}) {
    if (!source->absent() && source->share == 0) sources.push_back(source);
  }
  return sources;
}

Result<const Format*> sniff_format(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return &format_of("images");
  if (is_zip_of_pictures(path)) return &format_of("images");
  FORKNET_ASSIGN(const std::string head, head_of(path));
  if (head.empty()) return data_error("{}: the file is empty", path);
  if (const std::string packed = csv::packed_otherwise(head); !packed.empty()) {
    return data_error("{}: {}", path, packed);
  }
  const Format* const named = by_name(path);
  std::string known;
  for (const Format& one : formats()) {
    if (one.sniff == nullptr) continue;
    // The format suggested by the name explains a wrong text better than the table format does.
    if (one.sniff(head)) return one.takes_any_text && named != nullptr ? named : &one;
    known += fmt::format("{}{} ({})", known.empty() ? "" : ", ", one.name, one.what);
  }
  if (named != nullptr) return named;
  return data_error("{}: the format of this file is not known\n  expected {}", path, known);
}

}  // namespace forknet::data
