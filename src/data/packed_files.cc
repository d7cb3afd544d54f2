#include "data/packed_files.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <system_error>
#include <utility>
#include <vector>

#include "base/try.h"
#include "data/byte_source.h"
#include "data/error.h"
#include "data/expansion.h"
#include "data/unpacker.h"
#include "data/zip_file.h"
#include "os/text_locale.h"

namespace forknet::data {
namespace {

using namespace std::string_view_literals;

constexpr auto kEmptyZip = "PK\x05\x06"sv;
constexpr std::size_t kHeadBytes = 512;
constexpr std::size_t kTarRecord = 512;
constexpr std::size_t kBlockBytes = std::size_t{1} << 17;
constexpr std::size_t kMostEntries = 2'000'000;
constexpr std::size_t kMostName = 4096;
constexpr std::size_t kMostNames = std::size_t{256} << 20;
constexpr std::size_t kShownBytes = 100;

bool begins_as_zip(std::string_view head) {
  return head.starts_with("PK\x03\x04"sv) || head.starts_with(kEmptyZip);
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < ' ' || byte == 0x7f;
}

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The content of a file, decompressed if it is a compressed stream.
Result<Unpacker> open_stream(const std::string& path) {
  FORKNET_ASSIGN(ByteSource source, ByteSource::open(path));
  if (!source.compressed()) {
    std::array<std::byte, 8> bytes{};
    FORKNET_ASSIGN(const std::size_t got, source.read(bytes));
    const Packing packing = packing_of(text_of(bytes).substr(0, got));
    if (packing != Packing::none) return open_unpacker(path, packing);
    FORKNET_ASSIGN(source, ByteSource::open(path));
  }
  auto shared = std::make_shared<ByteSource>(std::move(source));
  return Unpacker([shared](std::span<std::byte> bytes) { return shared->read(bytes); });
}

Result<std::string> head_of(const std::string& path) {
  FORKNET_ASSIGN(const Unpacker read, open_stream(path));
  std::string head(kHeadBytes, '\0');
  FORKNET_ASSIGN(const std::size_t got, read(std::as_writable_bytes(std::span(head))));
  head.resize(got);
  return head;
}

// The name without "." and doubled slashes; an Error if it leads out of the archive.
Result<std::string> plain_name(const std::string& path, std::string_view name) {
  if (name.size() > kMostName) {
    return data_error("{}: the name of an entry has {} bytes; at most {} are expected", path,
                      name.size(), kMostName);
  }
  bool outside = name.starts_with('/');
  std::string plain;
  for (std::string_view rest = name; !rest.empty();) {
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    const std::string_view part = rest.substr(0, slash);
    rest.remove_prefix(std::min(slash + 1, rest.size()));
    outside = outside || part == "..";
    if (part.empty() || part == ".") continue;
    plain.append(plain.empty() ? "" : "/").append(part);
  }
  if (!outside) return plain;
  return data_error(
      "{}: the entry {} lies outside of the archive\n"
      "  pack the folder itself: tar -czf photos.tar.gz photos",
      path, shown_entry(name));
}

struct FreeTar {
  void operator()(archive* tar) const { archive_read_free(tar); }
};

PackedEntry::Kind kind_of(archive_entry* entry) {
  if (archive_entry_hardlink(entry) != nullptr) return PackedEntry::Kind::other;
  const auto type = archive_entry_filetype(entry);
  return type == AE_IFREG   ? PackedEntry::Kind::file
         : type == AE_IFDIR ? PackedEntry::Kind::folder
                            : PackedEntry::Kind::other;
}

}  // namespace

struct PackedFiles::State {
  std::string path;
  std::uint64_t most = 0;  // bytes of contents
  std::uint64_t done = 0;
  std::size_t entries = 0;
  std::size_t name_bytes = 0;
  std::string member;
  std::optional<ZipFile> zip;
  // For a tar.
  Unpacker stream;
  std::uint64_t streamed = 0;
  std::optional<Error> failure;  // of the stream; libarchive cannot pass it on
  std::vector<std::byte> block;
  bool ends_in_zeros = false;  // the stream so far: the end mark of a tar
  std::unique_ptr<archive, FreeTar> tar;

  [[nodiscard]] std::string name() const { return member.empty() ? path : path + ":" + member; }
  [[nodiscard]] Error damaged() const {
    if (failure) return *failure;
    const char* reason = archive_error_string(tar.get());
    return data_error("{}: the archive is damaged ({}); is the download complete?", name(),
                      reason != nullptr ? reason : "unreadable");
  }
  [[nodiscard]] Error too_much() const {
    return data_error(
        "{}: unpacks to more than {} MiB, {} times the file: no archive was expected to be so "
        "large\n  unpack it yourself if it is one",
        path, most >> 20, kMostExpansion);
  }

  [[nodiscard]] Result<std::size_t> next_block() {
    FORKNET_ASSIGN(const std::size_t got, stream(block));
    streamed += got;
    if (streamed > most) return too_much();
    if (got > 0) {
      const auto tail = std::span(block).first(got).last(std::min(got, kTarRecord));
      ends_in_zeros =
          std::all_of(tail.begin(), tail.end(), [](std::byte b) { return b == std::byte(); });
    }
    return got;
  }
  static la_ssize_t read_block(archive*, void* state, const void** bytes) {
    auto& self = *static_cast<State*>(state);
    const Result<std::size_t> got = self.next_block();
    *bytes = self.block.data();
    if (got.ok()) return static_cast<la_ssize_t>(*got);
    self.failure = got.error();
    return ARCHIVE_FATAL;
  }

  [[nodiscard]] Status open_tar() {
    block.resize(kBlockBytes);
    FORKNET_ASSIGN(stream, open_stream(path));
    tar.reset(archive_read_new());
    if (!tar) return Error{ErrorKind::internal, path + ": no memory to read the archive"};
    if (archive_read_support_format_tar(tar.get()) != ARCHIVE_OK ||
        archive_read_open(tar.get(), this, nullptr, &State::read_block, nullptr) != ARCHIVE_OK) {
      return damaged();
    }
    return {};
  }

  // Reads the padding after the last entry, which also verifies the checksums of the compression.
  [[nodiscard]] Status drain() {
    while (true) {
      FORKNET_ASSIGN(const std::size_t got, next_block());
      if (got < block.size()) return {};
    }
  }

  [[nodiscard]] Result<bool> next_of_tar(PackedEntry& found) {
    const os::Utf8Scope names;
    archive_entry* entry = nullptr;
    const int code = archive_read_next_header(tar.get(), &entry);
    if (code == ARCHIVE_EOF) {
      FORKNET_TRY(drain());
      // A tar truncated between two entries looks complete, to libarchive as well.
      if (!ends_in_zeros) {
        return data_error("{}: the archive ends before its end; is the download complete?", name());
      }
      return false;
    }
    if (code != ARCHIVE_OK && code != ARCHIVE_WARN) return damaged();
    const char* name = archive_entry_pathname_utf8(entry);
    if (name == nullptr) name = archive_entry_pathname(entry);
    found.name = name != nullptr ? name : "";
    found.kind = kind_of(entry);
    const la_int64_t bytes = archive_entry_size(entry);
    found.bytes = static_cast<std::uint64_t>(std::max<la_int64_t>(bytes, 0));
    return true;
  }

  [[nodiscard]] Result<bool> next_of_zip(PackedEntry& found) {
    FORKNET_ASSIGN(const bool any, zip->next());
    if (!any) return false;
    found.name = zip->member();
    found.kind = found.name.ends_with('/') ? PackedEntry::Kind::folder
                 : zip->regular()          ? PackedEntry::Kind::file
                                           : PackedEntry::Kind::other;
    found.bytes = zip->member_bytes().value_or(0);
    return true;
  }

  [[nodiscard]] Result<std::size_t> read_some(std::span<std::byte> bytes) {
    std::size_t got = 0;
    if (zip) {
      FORKNET_ASSIGN(got, zip->read(bytes));
    } else {
      while (got < bytes.size()) {
        const la_ssize_t some =
            archive_read_data(tar.get(), bytes.data() + got, bytes.size() - got);
        if (some < 0) return damaged();
        if (some == 0) break;
        got += static_cast<std::size_t>(some);
      }
    }
    done += got;
    if (done > most) return too_much();
    return got;
  }
};

PackedFiles::PackedFiles(std::unique_ptr<State> state) : state_(std::move(state)) {}
PackedFiles::PackedFiles(PackedFiles&&) noexcept = default;
PackedFiles& PackedFiles::operator=(PackedFiles&&) noexcept = default;
PackedFiles::~PackedFiles() = default;

Result<PackedFiles> PackedFiles::open(const std::string& path) {
  FORKNET_ASSIGN(const std::string head, head_of(path));
  auto state = std::make_unique<State>();
  state->path = path;
  std::error_code failure;
  const auto file_bytes = std::filesystem::file_size(path, failure);
  if (failure) return data_error("{}: {}", path, failure.message());
  state->most = most_unpacked(file_bytes);
  if (head.starts_with(kEmptyZip)) return data_error("{}: there is no file in the zip", path);
  if (begins_as_zip(head)) {
    FORKNET_ASSIGN(ZipFile zip, ZipFile::open(path));
    state->zip = std::move(zip);
  } else if (begins_as_tar(head)) {
    FORKNET_TRY(state->open_tar());
  } else if (begins_as_packed(head)) {
    return data_error("{}: the file is packed twice; unpack it once", path);
  } else {
    return data_error("{}: no zip and no tar (plain, gzip, xz or zst)", path);
  }
  return PackedFiles(std::move(state));
}

Result<std::optional<PackedEntry>> PackedFiles::next() {
  State& state = *state_;
  state.member.clear();
  PackedEntry found;
  FORKNET_ASSIGN(const bool any, state.zip ? state.next_of_zip(found) : state.next_of_tar(found));
  if (!any) return std::optional<PackedEntry>();
  state.name_bytes += found.name.size();
  if (++state.entries > kMostEntries || state.name_bytes > kMostNames) {
    return data_error("{}: more than {} entries, or {} MiB of names; unpack it", state.path,
                      kMostEntries, kMostNames >> 20);
  }
  FORKNET_ASSIGN(found.name, plain_name(state.path, found.name));
  for (char& c : found.name) {
    if (!is_control(c)) continue;
    c = '?';
    if (found.kind == PackedEntry::Kind::file) found.kind = PackedEntry::Kind::other;
  }
  state.member = found.name;
  return std::optional(std::move(found));
}

Result<std::string> PackedFiles::head(std::size_t bytes) {
  if (state_->zip) FORKNET_TRY(state_->zip->check_packing());
  std::string head(bytes, '\0');
  FORKNET_ASSIGN(const std::size_t got, state_->read_some(std::as_writable_bytes(std::span(head))));
  head.resize(got);
  return head;
}

Result<std::string> PackedFiles::read(std::size_t most) {
  std::string content;
  while (true) {
    FORKNET_ASSIGN(const std::string some, head(kBlockBytes));
    content += some;
    if (content.size() > most) {
      return data_error("{}: has more than {} bytes", state_->name(), most);
    }
    if (some.size() < kBlockBytes) return content;
  }
}

bool packs_files(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return false;
  const Result<std::string> head = head_of(path);
  return head.ok() && begins_as_packed(*head);
}

bool begins_as_tar(std::string_view head) {
  constexpr std::size_t kMagicAt = 257;
  return head.size() > kMagicAt && head.substr(kMagicAt).starts_with("ustar");
}

bool begins_as_packed(std::string_view head) {
  return begins_as_zip(head) || begins_as_tar(head) || head.starts_with("\x1f\x8b") ||
         packing_of(head) != Packing::none;
}

std::string shown_entry(std::string_view name) {
  std::string shown = "\"";
  for (const char c : name.substr(0, kShownBytes)) shown += is_control(c) ? '?' : c;
  return shown + (name.size() > kShownBytes ? "...\"" : "\"");
}

}  // namespace forknet::data
