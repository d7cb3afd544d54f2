#include "data/table_cache.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <type_traits>
#include <utility>

#include "base/check.h"
#include "base/digest.h"
#include "data/error.h"
#include "os/durable_file.h"
#include "os/environment.h"
#include "os/failpoint.h"
#include "os/file.h"
#include "os/paged_file.h"
#include "os/reserved_file.h"

namespace forknet::data {
namespace {

namespace fs = std::filesystem;

constexpr std::array<char, 8> kMagic = {'f', 'k', 't', 'a', 'b', 'l', 'e', '1'};
constexpr std::string_view kEnding = ".table";
constexpr std::size_t kDigits = 32;

struct Trailer {
  std::array<char, 8> magic = kMagic;
  std::array<char, kDigits> key = {};
  std::array<char, kDigits> digest = {};
  std::uint64_t bytes = 0;
  std::uint64_t checksum = 0;  // of all before
};
static_assert(std::is_trivially_copyable_v<Trailer>);
static_assert(sizeof(Trailer) == 8 + 2 * kDigits + 2 * 8, "without gaps");

std::uint64_t checksum_of(const Trailer& trailer) {
  return checksum64(std::as_bytes(std::span(&trailer, 1)).first(offsetof(Trailer, checksum)));
}

void put_trailer(std::span<std::byte> to, const std::string& key, const std::string& digest,
                 std::uint64_t bytes) {
  FORKNET_CHECK(key.size() == kDigits && digest.size() == kDigits && to.size() == sizeof(Trailer));
  Trailer trailer;
  std::copy(key.begin(), key.end(), trailer.key.begin());
  std::copy(digest.begin(), digest.end(), trailer.digest.begin());
  trailer.bytes = bytes;
  trailer.checksum = checksum_of(trailer);
  std::memcpy(to.data(), &trailer, sizeof(Trailer));
}

// Nothing: the file is cut short, damaged there, or something else.
std::optional<Trailer> trailer_of(std::span<const std::byte> file) {
  if (file.size() < sizeof(Trailer)) return std::nullopt;
  Trailer trailer;
  std::memcpy(&trailer, file.last(sizeof(Trailer)).data(), sizeof(Trailer));
  const bool whole = trailer.magic == kMagic && trailer.checksum == checksum_of(trailer) &&
                     trailer.bytes == file.size() - sizeof(Trailer);
  return whole ? std::optional(trailer) : std::nullopt;
}

template <class Digits>
std::string text_of(const Digits& digits) {
  return {digits.begin(), digits.end()};
}

std::string size_text(std::uint64_t bytes) {
  constexpr double kMebi = 1 << 20;
  constexpr double kGibi = 1 << 30;
  const auto size = static_cast<double>(bytes);
  return size < kGibi ? fmt::format("{:.1f} MiB", size / kMebi)
                      : fmt::format("{:.1f} GiB", size / kGibi);
}

Status add_file(Digest& digest, const std::string& path) {
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  FORKNET_ASSIGN(const os::Fd fd, os::open_read(path, ErrorKind::data));
  std::vector<std::byte> piece(kPiece);
  std::uint64_t length = 0;
  for (;;) {
    FORKNET_ASSIGN(const std::size_t count, os::read_some(fd, piece));
    digest.update(std::span(piece).first(count));
    length += count;
    if (count < piece.size()) break;
  }
  digest.update(std::as_bytes(std::span(&length, 1)));  // where the file ends
  return {};
}

Result<std::string> key_of(const TableShape& shape, const TablePlace& place) {
  const std::array<std::uint64_t, 6> sizes = {static_cast<std::uint64_t>(shape.element),
                                              shape.rows,
                                              shape.features,
                                              shape.labelled ? 1U : 0U,
                                              shape.classes,
                                              shape.outputs};
  Digest digest;
  digest.update(std::as_bytes(std::span(sizes)));
  digest.update(std::as_bytes(std::span(place.preparation)));
  for (const std::string& path : place.files) FORKNET_TRY(add_file(digest, path));
  return digest.hex();
}

// What changes when somebody writes to a file.
struct Stamp {
  std::uintmax_t bytes = 0;
  fs::file_time_type written = {};
  friend bool operator==(const Stamp&, const Stamp&) = default;
};

std::vector<Stamp> stamps_of(const std::vector<std::string>& files) {
  std::vector<Stamp> stamps;
  for (const std::string& path : files) {
    std::error_code error;
    stamps.push_back({fs::file_size(path, error), fs::last_write_time(path, error)});
  }
  return stamps;
}

Status check_unchanged(const std::vector<std::string>& files, const std::vector<Stamp>& before) {
  const std::vector<Stamp> now = stamps_of(files);
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (now[i] == before[i]) continue;
    return data_error("{}: the file has changed while it was read\n  start again when it is whole",
                      files[i]);
  }
  return {};
}

// Memory would hold it once more.
std::string temporary_folder() {
  const std::string wanted = os::environment("TMPDIR").value_or("");
  return wanted.empty() ? "/var/tmp" : wanted;
}

}  // namespace

TableCache::TableCache(DataCache mode, std::string folder,
                       std::optional<std::uint64_t> memory_bytes)
    : mode_(mode), folder_(std::move(folder)), allowed_(memory_bytes) {}

bool TableCache::takes(std::size_t bytes) {
  const bool fits = !allowed_ || taken_ + bytes <= *allowed_ / 2;
  const bool file = mode_ == DataCache::mapped || (mode_ == DataCache::automatic && !fits);
  if (!file) taken_ += bytes;
  return file;
}

std::string TableCache::why() const {
  if (mode_ == DataCache::mapped) return "mapped";
  if (mode_ == DataCache::memory) return "memory";
  return allowed_ ? fmt::format("auto: up to half of the {} that may be used lie in memory",
                                size_text(*allowed_))
                  : "auto";
}

std::string TableCache::in_memory() const {
  if (taken_ == 0) return "";
  return fmt::format("rows in memory: {} (data.cache is {})", size_text(taken_), why());
}

void TableCache::tell(const Table& table, std::size_t bytes, const std::string& where) {
  notes_.push_back(fmt::format("note: {}: {} of rows are mapped, {}\n  data.cache is {}",
                               table.inputs_name, size_text(bytes), where, why()));
}

Error TableCache::with_way_on(Error error, std::size_t bytes) const {
  if (error.kind != ErrorKind::internal) return error;
  error.message += fmt::format(
      "\n  the rows take {} of the disk there, because data.cache is {}\n  "
      "make room, choose another run.dir, or set data.cache = \"memory\"",
      size_text(bytes), why());
  return error;
}

Status TableCache::ready_folder() const {
  if (folder_.empty()) return {};
  const auto made = os::make_folder(folder_, 0700, true);
  if (!made.ok()) return made.error();
  const auto held = os::hold_folder(folder_);  // refused where others may write into it
  return held.ok() ? Status() : Status(held.error());
}

Result<TableCache::Made> TableCache::make(const Table& table, std::size_t bytes,
                                          const TablePlace& place,
                                          const std::function<Status(std::span<std::byte>)>& fill) {
  if (folder_.empty() || place.files.empty()) return unnamed(table, bytes, fill);
  if (const Status ready = ready_folder(); !ready.ok()) return with_way_on(ready.error(), bytes);
  FORKNET_TRY(os::remove_stray_temporaries(folder_));
  const std::vector<Stamp> before = stamps_of(place.files);
  FORKNET_ASSIGN(const std::string key, key_of(table.shape, place));
  FORKNET_ASSIGN(std::optional<Made> found, find(table, bytes, key));
  if (found) return std::move(*found);
  return build(table, bytes, key, [&](std::span<std::byte> memory) -> Status {
    FORKNET_TRY(fill(memory));
    return check_unchanged(place.files, before);
  });
}

Result<std::optional<TableCache::Made>> TableCache::find(const Table& table, std::size_t bytes,
                                                         const std::string& key) {
  const os::FilePath file = os::FilePath(folder_) / (key + std::string(kEnding));
  std::optional<Made> found;
  Result<os::Fd> fd = os::open_read(file);
  if (!fd.ok()) {
    if (os::exists(file)) return fd.error();
    return found;
  }
  FORKNET_TRY(os::hold_share(*fd, file.text()));
  FORKNET_ASSIGN(os::Mapping memory, os::Mapping::paged(std::move(*fd), file.text()));
  const std::optional<Trailer> trailer = trailer_of(memory.bytes());
  const std::string digest = trailer ? text_of(trailer->digest) : "";
  if (!trailer || text_of(trailer->key) != key || trailer->bytes != bytes ||
      table_digest(table.shape, memory.bytes()) != digest) {
    notes_.push_back(fmt::format("note: {}: is damaged and is made again", file.text()));
    return found;
  }
  tell(table, bytes, "found in " + file.text());
  found = Made{std::move(memory), digest};
  return found;
}

Result<TableCache::Made> TableCache::build(
    const Table& table, std::size_t bytes, const std::string& key,
    const std::function<Status(std::span<std::byte>)>& fill) {
  const os::FilePath file = os::FilePath(folder_) / (key + std::string(kEnding));
  auto written = os::DurableFile::create(file);
  if (!written.ok()) return with_way_on(written.error(), bytes);
  std::string digest;
  bool fills = false;
  const Status filled =
      written->fill(bytes + sizeof(Trailer), [&](std::span<std::byte> memory) -> Status {
        fills = true;
        FORKNET_FAILPOINT("cache/fill");
        FORKNET_TRY(fill(memory.first(bytes)));
        digest = table_digest(table.shape, memory);
        put_trailer(memory.subspan(bytes), key, digest, bytes);
        return {};
      });
  if (!filled.ok()) return fills ? filled.error() : with_way_on(filled.error(), bytes);
  FORKNET_ASSIGN(os::Fd fd, written->reader());
  FORKNET_FAILPOINT("cache/filled");
  if (const Status there = written->commit(); !there.ok()) {
    return with_way_on(there.error(), bytes);
  }
  FORKNET_FAILPOINT("cache/committed");
  FORKNET_TRY(os::hold_share(fd, file.text()));
  FORKNET_ASSIGN(os::Mapping memory, os::Mapping::paged(std::move(fd), file.text()));
  tell(table, bytes, "in the new file " + file.text());
  return Made{std::move(memory), std::move(digest)};
}

Status TableCache::put_by(os::Mapping& rows) {
  const std::size_t bytes = rows.bytes().size();
  put_by_ += bytes;
  if (mode_ == DataCache::memory || bytes == 0) return {};
  if (mode_ == DataCache::automatic && (!allowed_ || put_by_ <= *allowed_ / 4)) return {};
  FORKNET_ASSIGN(rows, unnamed_file(bytes, [&](std::span<std::byte> memory) {
                   std::memcpy(memory.data(), rows.bytes().data(), bytes);
                   return Status();
                 }));
  return {};
}

std::string TableCache::unnamed_place() const {
  return "a file without a name in " + (folder_.empty() ? temporary_folder() : folder_);
}

Result<os::Mapping> TableCache::unnamed_file(
    std::size_t bytes, const std::function<Status(std::span<std::byte>)>& fill) {
  if (const Status ready = ready_folder(); !ready.ok()) return with_way_on(ready.error(), bytes);
  const std::string what = unnamed_place();
  const os::Fd file = os::unnamed_file(folder_.empty() ? temporary_folder() : folder_);
  if (!file.open()) {
    return Error{ErrorKind::internal, what + ": cannot be made" +
                                          (folder_.empty() ? "; TMPDIR names another folder" : "")};
  }
  bool fills = false;
  const Status filled =
      os::fill_file(file, what, bytes, [&](std::span<std::byte> memory) -> Status {
        fills = true;
        return fill(memory);
      });
  if (!filled.ok()) return fills ? filled.error() : with_way_on(filled.error(), bytes);
  FORKNET_ASSIGN(os::Fd reader, os::open_again(file, what));
  return os::Mapping::paged(std::move(reader), what);
}

Result<TableCache::Made> TableCache::unnamed(
    const Table& table, std::size_t bytes,
    const std::function<Status(std::span<std::byte>)>& fill) {
  FORKNET_ASSIGN(os::Mapping memory, unnamed_file(bytes, fill));
  tell(table, bytes, "in " + unnamed_place() + "; it goes with its processes");
  return Made{std::move(memory), ""};
}

Result<std::vector<CachedTable>> cached_tables(const std::string& folder) {
  std::vector<CachedTable> tables;
  if (!os::exists(folder)) return tables;
  FORKNET_ASSIGN(const auto names, os::list_folder(folder));
  for (const std::string& name : names) {
    if (!name.ends_with(kEnding)) continue;
    const os::FilePath file = os::FilePath(folder) / name;
    CachedTable table{file.text(), ""};
    if (const auto memory = os::Mapping::file(file); memory.ok()) {
      if (const auto trailer = trailer_of(memory->bytes())) table.digest = text_of(trailer->digest);
    }
    tables.push_back(std::move(table));
  }
  return tables;
}

bool remove_cached_table(const CachedTable& table) {
  const os::FilePath file = os::FilePath(os::folder_of(table.path)) / os::name_of(table.path);
  const auto fd = os::open_read(file);
  return fd.ok() && os::hold_alone(*fd) && os::remove_file(file).ok();
}

}  // namespace forknet::data
