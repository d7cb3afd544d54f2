#include "data/zip_file.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/try.h"
#include "data/error.h"
#include "data/expansion.h"
#include "os/fd.h"
#include "os/file.h"
#include "os/text_locale.h"

namespace forknet::data {
namespace {

constexpr std::size_t kZipBlockBytes = std::size_t{1} << 17;

struct FreeZip {
  void operator()(archive* zip) const { archive_read_free(zip); }
};

}  // namespace

struct ZipFile::State {
  std::string path;
  os::Fd fd;  // must outlive `zip`, which reads from it
  std::unique_ptr<archive, FreeZip> zip;
  std::string member;
  std::optional<std::uint64_t> member_bytes;
  bool encrypted = false;
  bool regular = false;
  std::uint64_t file_bytes = 0;

  [[nodiscard]] std::string name() const { return member.empty() ? path : path + ":" + member; }
  [[nodiscard]] Error damaged() const {
    const char* reason = archive_error_string(zip.get());
    return data_error("{}: the archive is damaged ({}); is the download complete?", name(),
                      reason != nullptr ? reason : "unreadable");
  }
};

ZipFile::ZipFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
ZipFile::ZipFile(ZipFile&&) noexcept = default;
ZipFile& ZipFile::operator=(ZipFile&&) noexcept = default;
ZipFile::~ZipFile() = default;

Result<ZipFile> ZipFile::open(const std::string& path) {
  auto open = std::make_unique<State>();
  open->path = path;
  FORKNET_ASSIGN(open->fd, os::open_read(path, ErrorKind::data));
  std::error_code failure;
  open->file_bytes = std::filesystem::file_size(path, failure);
  if (failure) return data_error("{}: {}", path, failure.message());
  open->zip.reset(archive_read_new());
  if (!open->zip) return Error{ErrorKind::internal, path + ": no memory to read the archive"};
  if (archive_read_support_format_zip_seekable(open->zip.get()) != ARCHIVE_OK ||
      archive_read_open_fd(open->zip.get(), open->fd.get(), kZipBlockBytes) != ARCHIVE_OK) {
    return open->damaged();
  }
  return ZipFile(std::move(open));
}

Result<bool> ZipFile::next() {
  const os::Utf8Scope names;
  archive_entry* entry = nullptr;
  state_->member.clear();
  const int code = archive_read_next_header(state_->zip.get(), &entry);
  if (code == ARCHIVE_EOF) return false;
  if (code != ARCHIVE_OK && code != ARCHIVE_WARN) return state_->damaged();
  const char* name = archive_entry_pathname_utf8(entry);
  if (name == nullptr) name = archive_entry_pathname(entry);
  state_->member = name != nullptr ? name : "";
  state_->encrypted = archive_entry_is_encrypted(entry) != 0;
  state_->regular = archive_entry_filetype(entry) == AE_IFREG;
  state_->member_bytes.reset();
  if (archive_entry_size_is_set(entry) != 0) {
    state_->member_bytes =
        static_cast<std::uint64_t>(std::max<la_int64_t>(archive_entry_size(entry), 0));
  }
  return true;
}

const std::string& ZipFile::member() const { return state_->member; }
std::optional<std::uint64_t> ZipFile::member_bytes() const { return state_->member_bytes; }
bool ZipFile::regular() const { return state_->regular; }

std::uint64_t ZipFile::most_bytes() const {
  return std::min(most_expanded(state_->file_bytes), state_->member_bytes.value_or(UINT64_MAX));
}

// Other compression methods could need much memory.
Status ZipFile::check_packing() const {
  if (state_->encrypted) {
    return data_error("{}: encrypted; unpack it with its password: unzip {}", state_->name(),
                      state_->path);
  }
  const char* text = archive_format_name(state_->zip.get());
  const std::string_view packing(text != nullptr ? text : "");
  if (packing.find("(uncompressed)") != std::string_view::npos ||
      packing.find("(deflation)") != std::string_view::npos) {
    return {};
  }
  return data_error("{}: packed in a way that is not read here: {}\nexpected stored or deflated",
                    state_->name(), packing);
}

Result<std::size_t> ZipFile::read(std::span<std::byte> bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const la_ssize_t got =
        archive_read_data(state_->zip.get(), bytes.data() + done, bytes.size() - done);
    if (got < 0) return state_->damaged();
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

}  // namespace forknet::data
