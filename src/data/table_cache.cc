#include "data/table_cache.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "base/digest.h"
#include "base/try.h"
#include "data/error.h"
#include "os/durable_file.h"
#include "os/environment.h"
#include "os/failpoint.h"
#include "os/file.h"
#include "os/paged_file.h"
#include "os/reserved_file.h"

namespace forknet::data {
namespace {

constexpr unsigned kPrivate = 0700;

std::string size_text(std::uint64_t bytes) {
  constexpr double kMebi = 1 << 20;
  constexpr double kGibi = 1 << 30;
  const auto size = static_cast<double>(bytes);
  return size < kGibi ? fmt::format("{:.1f} MiB", size / kMebi)
                      : fmt::format("{:.1f} GiB", size / kGibi);
}

// Not a folder in memory, which would hold the rows a second time.
std::string temporary_folder() {
  const std::string wanted = os::environment("TMPDIR").value_or("");
  return wanted.empty() ? "/var/tmp" : wanted;
}

}  // namespace

TableCache::TableCache(DataCache mode, std::string folder,
                       std::optional<std::uint64_t> memory_bytes, ReadingProgress progress)
    : mode_(mode),
      folder_(std::move(folder)),
      allowed_(memory_bytes),
      progress_(std::move(progress)) {}

void TableCache::begin_set(std::vector<SourceFile> files, std::string settings) {
  set_ = Set{std::move(files), std::move(settings)};
}

bool TableCache::wants_file(std::uint64_t bytes) const {
  const bool fits = !allowed_ || taken_ + bytes <= *allowed_ / 2;
  return mode_ == DataCache::mapped || (mode_ == DataCache::automatic && !fits);
}

bool TableCache::takes(std::size_t bytes) {
  // A later run finds only sets whose tables all lie in files.
  const bool begun = mode_ == DataCache::automatic && set_ && !set_->tables.empty() &&
                     !set_->tables.front().empty();
  const bool file = begun || wants_file(bytes);
  if (!file) taken_ += bytes;
  if (set_) set_->tables.emplace_back();
  return file;
}

Result<std::string> TableCache::set_key() {
  if (set_->key.empty()) {
    FORKNET_ASSIGN(set_->key, sources_key(set_->settings, set_->files, progress_));
  }
  return set_->key;
}

// The key of the table of the last takes().
Result<std::string> TableCache::next_key_of_set() {
  FORKNET_ASSIGN(const std::string key, set_key());
  const std::string text = fmt::format("{} table {}", key, set_->tables.size());
  return digest_hex(std::as_bytes(std::span(text)));
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
  note(fmt::format("note: {}: {} of rows are mapped, {}\n  data.cache is {}", table.inputs_name,
                   size_text(bytes), where, why()));
}

// Adds a note once: a table is looked up again if another table of its set is damaged.
void TableCache::note(std::string text) {
  if (std::find(notes_.begin(), notes_.end(), text) == notes_.end()) {
    notes_.push_back(std::move(text));
  }
}

Error TableCache::with_way_on(Error error, std::size_t bytes) const {
  if (error.kind != ErrorKind::internal) return error;
  error.message += fmt::format(
      "\n  the rows take {} of the disk there, because data.cache is {}\n  {}", size_text(bytes),
      why(),
      folder_.empty() ? "make room there, let TMPDIR name a folder on another disk, or set "
                        "data.cache = \"memory\""
                      : "make room there, or set data.cache = \"memory\"; a new run can have "
                        "another run.dir");
  return error;
}

Status TableCache::ready_folder() {
  if (folder_.empty() || held_) return {};
  // The folder of runs, with the mode that a run would give it.
  FORKNET_TRY(os::make_folder(os::folder_of(folder_), kPrivate, true));
  FORKNET_TRY(os::make_folder(folder_, kPrivate));
  FORKNET_ASSIGN(held_, os::hold_folder(folder_));  // refused if other users can write into it
  return {};
}

std::optional<os::FilePath> TableCache::existing_folder() {
  if (folder_.empty() || (!held_ && !os::exists(folder_))) return std::nullopt;
  return ready_folder().ok() ? held_
                             : std::nullopt;  // make() reports the error if the folder is needed
}

Result<TableCache::Made> TableCache::make(const Table& table, std::size_t bytes,
                                          const TablePlace& place,
                                          const std::function<Status(std::span<std::byte>)>& fill) {
  const bool of_set = set_.has_value() && place.files.empty();
  if (folder_.empty() || (place.files.empty() && !of_set)) return unnamed(table, bytes, fill);
  if (const Status ready = ready_folder(); !ready.ok()) return with_way_on(ready.error(), bytes);
  FORKNET_TRY(os::remove_stray_temporaries(*held_));
  const std::vector<SourceFile>& files = of_set ? set_->files : place.files;
  FORKNET_ASSIGN(const std::string key,
                 of_set ? next_key_of_set() : table_key(table.shape, place, progress_));
  if (of_set) {
    set_->tables.back() = key;
  } else {
    FORKNET_ASSIGN(std::optional<Made> found, find(table, bytes, key));
    if (found) {
      FORKNET_TRY(check_unchanged(files));
      return std::move(*found);
    }
  }
  return build(table, bytes, key, [&](std::span<std::byte> memory) -> Status {
    FORKNET_TRY(fill(memory));
    return check_unchanged(files);
  });
}

Result<std::optional<TableCache::Made>> TableCache::find(const Table& table, std::size_t bytes,
                                                         const std::string& key) {
  FORKNET_TRY(ready_folder());
  const os::FilePath file = *held_ / (key + std::string(kTableEnding));
  std::optional<Made> found;
  Result<os::Fd> fd = os::open_read(file);
  if (!fd.ok()) {
    if (os::exists(file)) return fd.error();
    return found;
  }
  FORKNET_TRY(os::hold_share(*fd, file.text()));
  FORKNET_ASSIGN(os::Mapping memory, os::Mapping::paged(std::move(*fd), file.text()));
  const std::optional<TableTrailer> trailer = trailer_of(memory.bytes());
  const std::string digest = trailer ? trailer->digest : "";
  const auto shown = [&](std::size_t /*begin*/, std::size_t end) {
    if (progress_) progress_(file.text(), end, bytes);
  };
  if (!trailer || trailer->key != key || trailer->bytes != bytes ||
      table_digest(table.shape, memory.bytes(), shown) != digest) {
    note(fmt::format("note: {}: is damaged and is made again", file.text()));
    return found;
  }
  tell(table, bytes, "found in " + file.text());
  found = Made{std::move(memory), digest};
  return found;
}

Result<TableCache::Made> TableCache::build(
    const Table& table, std::size_t bytes, const std::string& key,
    const std::function<Status(std::span<std::byte>)>& fill) {
  const os::FilePath file = *held_ / (key + std::string(kTableEnding));
  auto written = os::DurableFile::create(file);
  if (!written.ok()) return with_way_on(written.error(), bytes);
  std::string digest;
  bool fills = false;
  const Status filled =
      written->fill(bytes + kTrailerBytes, [&](std::span<std::byte> memory) -> Status {
        fills = true;
        FORKNET_FAILPOINT("cache/fill");
        FORKNET_TRY(fill(memory.first(bytes)));
        Status out;  // note it with the digest, because this can take long
        digest = table_digest(table.shape, memory, [&](std::size_t begin, std::size_t end) {
          if (out.ok()) out = written->write_out(begin, end);
          if (progress_) progress_(file.text(), end, bytes);
        });
        fills = out.ok();
        put_trailer(memory.subspan(bytes), {key, digest, bytes});
        return out;
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
  const os::Fd file = os::unnamed_file(held_ ? *held_ : os::FilePath(temporary_folder()));
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
  std::string digest;  // computed now, while the rows are in memory
  FORKNET_ASSIGN(os::Mapping memory, unnamed_file(bytes, [&](std::span<std::byte> rows) -> Status {
                   FORKNET_TRY(fill(rows));
                   digest = table_digest(table.shape, rows);
                   return {};
                 }));
  tell(table, bytes, "in " + unnamed_place() + "; it goes with its processes");
  return Made{std::move(memory), std::move(digest)};
}

}  // namespace forknet::data
