#include "data/table_file.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <type_traits>
#include <utility>

#include "base/check.h"
#include "base/digest.h"
#include "base/try.h"
#include "data/error.h"
#include "os/file.h"
#include "os/reserved_file.h"

namespace forknet::data {
namespace {

constexpr std::array<char, 8> kMagic = {'f', 'k', 't', 'a', 'b', 'l', 'e', '1'};
constexpr std::size_t kDigits = 32;

struct Trailer {
  std::array<char, 8> magic = kMagic;
  std::array<char, kDigits> key = {};
  std::array<char, kDigits> digest = {};
  std::uint64_t bytes = 0;
  std::uint64_t checksum = 0;  // of all fields before
};
static_assert(std::is_trivially_copyable_v<Trailer>);
static_assert(sizeof(Trailer) == kTrailerBytes, "without gaps");

std::uint64_t checksum_of(const Trailer& trailer) {
  return checksum64(std::as_bytes(std::span(&trailer, 1)).first(offsetof(Trailer, checksum)));
}

template <class Digits>
std::string text_of(const Digits& digits) {
  return {digits.begin(), digits.end()};
}

std::uint64_t bytes_of(const SourceFile& file) { return file.stamp ? file.stamp->bytes : 0; }

// Adds files to a digest. Those of a folder are one file for progress.
class FileDigest {
 public:
  FileDigest(Digest& digest, const ReadingProgress& progress)
      : digest_(digest), progress_(progress), piece_(kPiece) {}

  Status add(const std::vector<SourceFile>& files) {
    for (std::size_t i = 0; i < files.size(); ++i) {
      const std::string& folder = files[i].folder;
      if (folder.empty() || i == 0 || files[i - 1].folder != folder) {
        done_ = all_ = 0;
        for (std::size_t k = i; k < files.size() && files[k].folder == folder; ++k) {
          all_ += bytes_of(files[k]);
          if (folder.empty()) break;
        }
      }
      FORKNET_TRY(add(files[i]));
    }
    return {};
  }

 private:
  static constexpr std::size_t kPiece = std::size_t{1} << 20;

  Status add(const SourceFile& file) {
    FORKNET_ASSIGN(const os::Fd fd, os::open_read(file.path, ErrorKind::data));
    std::uint64_t length = 0;
    for (;;) {
      FORKNET_ASSIGN(const std::size_t count, os::read_some(fd, piece_));
      digest_.update(std::span(piece_).first(count));
      length += count;
      done_ += count;
      if (progress_) progress_(file.folder.empty() ? file.path : file.folder, done_, all_);
      if (count < piece_.size()) break;
    }
    digest_.update(std::as_bytes(std::span(&length, 1)));  // the end of the file
    return {};
  }

  Digest& digest_;
  const ReadingProgress& progress_;
  std::vector<std::byte> piece_;
  std::uint64_t done_ = 0;  // bytes of the file or folder
  std::uint64_t all_ = 0;
};

}  // namespace

void put_trailer(std::span<std::byte> to, const TableTrailer& given) {
  FORKNET_CHECK(given.key.size() == kDigits && given.digest.size() == kDigits &&
                to.size() == sizeof(Trailer));
  Trailer trailer;
  std::copy(given.key.begin(), given.key.end(), trailer.key.begin());
  std::copy(given.digest.begin(), given.digest.end(), trailer.digest.begin());
  trailer.bytes = given.bytes;
  trailer.checksum = checksum_of(trailer);
  std::memcpy(to.data(), &trailer, sizeof(Trailer));
}

std::optional<TableTrailer> trailer_of(std::span<const std::byte> file) {
  if (file.size() < sizeof(Trailer)) return std::nullopt;
  Trailer trailer;
  std::memcpy(&trailer, file.last(sizeof(Trailer)).data(), sizeof(Trailer));
  const bool whole = trailer.magic == kMagic && trailer.checksum == checksum_of(trailer) &&
                     trailer.bytes == file.size() - sizeof(Trailer);
  if (!whole) return std::nullopt;
  return TableTrailer{text_of(trailer.key), text_of(trailer.digest), trailer.bytes};
}

Result<std::string> table_key(const TableShape& shape, const TablePlace& place,
                              const ReadingProgress& progress) {
  const std::array<std::uint64_t, 8> sizes = {static_cast<std::uint64_t>(shape.element),
                                              shape.rows,
                                              shape.features,
                                              shape.labelled ? 1U : 0U,
                                              shape.weighted ? 1U : 0U,
                                              shape.classes,
                                              shape.outputs,
                                              place.preparation.size()};
  Digest digest;
  digest.update(std::as_bytes(std::span(sizes)));
  digest.update(std::as_bytes(std::span(place.preparation)));
  FORKNET_TRY(FileDigest(digest, progress).add(place.files));
  return digest.hex();
}

Result<std::string> sources_key(std::string_view text, const std::vector<SourceFile>& files,
                                const ReadingProgress& progress) {
  const std::uint64_t length = text.size();
  Digest digest;
  digest.update(std::as_bytes(std::span(&length, 1)));
  digest.update(std::as_bytes(std::span(text)));
  FORKNET_TRY(FileDigest(digest, progress).add(files));
  return digest.hex();
}

Status check_unchanged(const std::vector<SourceFile>& files) {
  for (const SourceFile& file : files) {
    if (os::file_stamp(file.path) == file.stamp) continue;
    return data_error("{}: the file has changed while it was read\n  start again when it is whole",
                      file.path);
  }
  return {};
}

Result<std::vector<CachedTable>> cached_tables(const os::FilePath& folder) {
  std::vector<CachedTable> tables;
  FORKNET_ASSIGN(const auto names, os::list_folder(folder));
  for (const std::string& name : names) {
    if (!name.ends_with(kTableEnding)) continue;
    CachedTable table{folder / name, ""};
    if (const auto memory = os::Mapping::file(table.path); memory.ok()) {
      if (const auto trailer = trailer_of(memory->bytes())) table.digest = trailer->digest;
    }
    tables.push_back(std::move(table));
  }
  return tables;
}

bool is_unused(const CachedTable& table) {
  const auto fd = os::open_to_hold(table.path);
  return fd.ok() && os::hold_alone(*fd);
}

bool remove_cached_table(const CachedTable& table) {
  const auto fd = os::open_to_hold(table.path);
  return fd.ok() && os::hold_alone(*fd) && os::remove_file(table.path).ok();
}

}  // namespace forknet::data
