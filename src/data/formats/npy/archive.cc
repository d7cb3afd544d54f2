#include "data/formats/npy/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "data/error.h"
#include "os/fd.h"
#include "os/file.h"

namespace forknet::data {
namespace {

constexpr std::uint64_t kMostExpansion = 1032;  // of deflate (zlib's technical notes)
constexpr std::size_t kBlockBytes = std::size_t{1} << 17;
constexpr std::size_t kMostMembers = 10'000;
constexpr std::size_t kShownMembers = 12;
constexpr std::string_view kSuffix = ".npy";

struct FreeArchive {
  void operator()(archive* zip) const { archive_read_free(zip); }
};

// An open zip that stands at one of its members.
struct OpenZip {
  std::string path;
  os::Fd fd;  // outlives `zip`, which reads from it
  std::unique_ptr<archive, FreeArchive> zip;
  std::string member;  // as the archive has it
  std::optional<std::uint64_t> member_bytes;
  std::uint64_t file_bytes = 0;
};

std::string reason(const OpenZip& open) {
  const char* text = archive_error_string(open.zip.get());
  return text != nullptr ? text : "unreadable";
}

Error damaged(const OpenZip& open) {
  return data_error("{}: the archive is damaged ({}); is the download complete?",
                    open.member.empty() ? open.path : open.path + ":" + open.member, reason(open));
}

Result<std::shared_ptr<OpenZip>> open_zip(const std::string& path) {
  auto open = std::make_shared<OpenZip>();
  open->path = path;
  FORKNET_ASSIGN(open->fd, os::open_read(path, ErrorKind::data));
  std::error_code failure;
  open->file_bytes = std::filesystem::file_size(path, failure);
  if (failure) return data_error("{}: {}", path, failure.message());
  open->zip.reset(archive_read_new());
  if (!open->zip) return Error{ErrorKind::internal, path + ": no memory to read the archive"};
  if (archive_read_support_format_zip_seekable(open->zip.get()) != ARCHIVE_OK ||
      archive_read_open_fd(open->zip.get(), open->fd.get(), kBlockBytes) != ARCHIVE_OK) {
    return damaged(*open);
  }
  return open;
}

// Goes to the next member; false: there is none.
Result<bool> next_member(OpenZip& open) {
  archive_entry* entry = nullptr;
  open.member.clear();
  const int code = archive_read_next_header(open.zip.get(), &entry);
  if (code == ARCHIVE_EOF) return false;
  if (code != ARCHIVE_OK && code != ARCHIVE_WARN) return damaged(open);
  const char* name = archive_entry_pathname_utf8(entry);
  if (name == nullptr) name = archive_entry_pathname(entry);
  open.member = name != nullptr ? name : "";
  open.member_bytes.reset();
  if (archive_entry_size_is_set(entry) != 0) {
    open.member_bytes =
        static_cast<std::uint64_t>(std::max<la_int64_t>(archive_entry_size(entry), 0));
  }
  return true;
}

bool is_array(const std::string& member) {
  return member.size() > kSuffix.size() && member.ends_with(kSuffix);
}

std::string without_suffix(const std::string& member) {
  return is_array(member) ? member.substr(0, member.size() - kSuffix.size()) : member;
}

// Other ways of packing could ask for much memory, and numpy never uses them.
Status check_packing(const OpenZip& open) {
  const char* text = archive_format_name(open.zip.get());
  const std::string_view packing(text != nullptr ? text : "");
  if (packing.find("(uncompressed)") != std::string_view::npos ||
      packing.find("(deflation)") != std::string_view::npos) {
    return {};
  }
  return data_error("{}:{}: packed in a way that is not read here: {}\nexpected stored or deflated",
                    open.path, open.member, packing);
}

Result<std::size_t> read_member(OpenZip& open, std::span<std::byte> bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const la_ssize_t got =
        archive_read_data(open.zip.get(), bytes.data() + done, bytes.size() - done);
    if (got < 0) return damaged(open);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

Error no_member(const std::string& path, const std::string& name,
                const std::vector<std::string>& names) {
  const auto shown = std::span(names).first(std::min(names.size(), kShownMembers));
  return data_error("{}: no array \"{}\" in the archive\nit holds {}{}", path, name,
                    names.empty() ? "none" : fmt::format("{}", fmt::join(shown, ", ")),
                    shown.size() < names.size() ? ", ..." : "");
}

}  // namespace

Result<std::vector<std::string>> npz_members(const std::string& path) {
  FORKNET_ASSIGN(const std::shared_ptr<OpenZip> open, open_zip(path));
  std::vector<std::string> names;
  while (true) {
    FORKNET_ASSIGN(const bool found, next_member(*open));
    if (!found) return names;
    if (!is_array(open->member)) continue;
    if (names.size() == kMostMembers) {
      return data_error("{}: more than {} arrays in the archive", path, kMostMembers);
    }
    names.push_back(without_suffix(open->member));
  }
}

Result<NpySource> open_npz_member(const std::string& path, const std::string& name) {
  FORKNET_ASSIGN(const std::shared_ptr<OpenZip> open, open_zip(path));
  std::vector<std::string> names;
  while (true) {
    FORKNET_ASSIGN(const bool found, next_member(*open));
    if (!found) return no_member(path, name, names);
    if (open->member == name || open->member == name + std::string(kSuffix)) break;
    if (is_array(open->member) && names.size() <= kShownMembers) {
      names.push_back(without_suffix(open->member));
    }
  }
  FORKNET_TRY(check_packing(*open));
  NpySource array;
  array.name = path + ":" + without_suffix(open->member);
  const std::uint64_t room = open->file_bytes > UINT64_MAX / kMostExpansion
                                 ? UINT64_MAX
                                 : open->file_bytes * kMostExpansion;
  array.most_bytes = std::min(room, open->member_bytes.value_or(UINT64_MAX));
  array.told_bytes = open->member_bytes;
  array.read = [open](std::span<std::byte> bytes) { return read_member(*open, bytes); };
  return array;
}

}  // namespace forknet::data
