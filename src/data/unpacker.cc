#include "data/unpacker.h"

#include <archive.h>
#include <archive_entry.h>
#include <lzma.h>

#include <array>
#include <memory>
#include <utility>

#include "base/check.h"
#include "base/try.h"
#include "data/error.h"
#include "os/fd.h"
#include "os/file.h"

namespace forknet::data {
namespace {

using namespace std::string_view_literals;

constexpr auto kXzMagic =
    "\xfd"
    "7zXZ\0"sv;
constexpr auto kZstMagic = "\x28\xb5\x2f\xfd"sv;
constexpr std::size_t kBufferBytes = std::size_t{1} << 17;
constexpr std::uint64_t kMostDecoderBytes = std::uint64_t{128} << 20;

// Uses liblzma, which accepts a memory limit; libarchive sets none.
struct XzFile {
  std::string path;
  os::Fd fd;
  lzma_stream decoder = LZMA_STREAM_INIT;
  std::array<std::byte, kBufferBytes> buffer{};  // raw bytes of the file
  bool file_ended = false;
  bool ended = false;

  XzFile() = default;
  XzFile(const XzFile&) = delete;
  XzFile& operator=(const XzFile&) = delete;
  ~XzFile() { lzma_end(&decoder); }

  [[nodiscard]] Status refill() {
    FORKNET_ASSIGN(const std::size_t got, os::read_some(fd, buffer));
    file_ended = got == 0;
    decoder.next_in = reinterpret_cast<const std::uint8_t*>(buffer.data());
    decoder.avail_in = got;
    return {};
  }

  [[nodiscard]] Error refusal(lzma_ret code) const {
    switch (code) {
      case LZMA_BUF_ERROR:
        return data_error("{}: the xz data is cut short; is the download complete?", path);
      case LZMA_MEMLIMIT_ERROR:
        return data_error("{}: needs more than {} MiB of memory to be unpacked; pack it with xz -9",
                          path, kMostDecoderBytes >> 20);
      case LZMA_MEM_ERROR:
        return {ErrorKind::internal, path + ": no memory to expand the xz data"};
      default:
        return data_error("{}: the xz data is damaged; is the download complete and unchanged?",
                          path);
    }
  }

  [[nodiscard]] Result<std::size_t> read(std::span<std::byte> bytes) {
    decoder.next_out = reinterpret_cast<std::uint8_t*>(bytes.data());
    decoder.avail_out = bytes.size();
    while (decoder.avail_out > 0 && !ended) {
      if (decoder.avail_in == 0 && !file_ended) FORKNET_TRY(refill());
      const lzma_ret code = lzma_code(&decoder, file_ended ? LZMA_FINISH : LZMA_RUN);
      ended = code == LZMA_STREAM_END;
      if (code != LZMA_OK && !ended) return refusal(code);
    }
    return bytes.size() - decoder.avail_out;
  }
};

Result<Unpacker> open_xz(const std::string& path) {
  auto file = std::make_shared<XzFile>();
  file->path = path;
  FORKNET_ASSIGN(file->fd, os::open_read(path, ErrorKind::data));
  const lzma_ret code = lzma_stream_decoder(&file->decoder, kMostDecoderBytes, LZMA_CONCATENATED);
  if (code != LZMA_OK) return file->refusal(code);
  return Unpacker([file](std::span<std::byte> bytes) { return file->read(bytes); });
}

struct FreeArchive {
  void operator()(archive* file) const { archive_read_free(file); }
};

// Uses libarchive. Its windows are at most 128 MiB, the default limit of libzstd.
struct ZstFile {
  std::string path;
  os::Fd fd;  // must outlive `file`, which reads from it
  std::unique_ptr<archive, FreeArchive> file;
  bool empty = false;

  [[nodiscard]] Error damaged() const {
    const char* reason = archive_error_string(file.get());
    if (reason != nullptr &&
        std::string_view(reason).find("too much memory") != std::string::npos) {
      return data_error(
          "{}: needs more than {} MiB of memory to be unpacked; pack it with zstd -19", path,
          kMostDecoderBytes >> 20);
    }
    return data_error("{}: the zst data cannot be unpacked ({}); is the download complete?", path,
                      reason != nullptr ? reason : "unreadable");
  }

  [[nodiscard]] Status start() {
    archive* const reader = file.get();
    archive_entry* entry = nullptr;
    if (archive_read_support_filter_zstd(reader) != ARCHIVE_OK ||
        archive_read_support_format_raw(reader) != ARCHIVE_OK ||
        archive_read_support_format_empty(reader) != ARCHIVE_OK ||
        archive_read_open_fd(reader, fd.get(), kBufferBytes) != ARCHIVE_OK) {
      return damaged();
    }
    const int code = archive_read_next_header(reader, &entry);
    empty = code == ARCHIVE_EOF;
    if (code != ARCHIVE_OK && !empty) return damaged();
    constexpr int kOnce = 2;  // libarchive counts the file itself
    if (archive_filter_count(reader) <= kOnce) return {};
    return data_error("{}: the file is packed twice; unpack it once", path);
  }

  [[nodiscard]] Result<std::size_t> read(std::span<std::byte> bytes) {
    std::size_t done = 0;
    while (done < bytes.size() && !empty) {
      const la_ssize_t got =
          archive_read_data(file.get(), bytes.data() + done, bytes.size() - done);
      if (got < 0) return damaged();
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }
};

Result<Unpacker> open_zst(const std::string& path) {
  auto file = std::make_shared<ZstFile>();
  file->path = path;
  FORKNET_ASSIGN(file->fd, os::open_read(path, ErrorKind::data));
  file->file.reset(archive_read_new());
  if (!file->file) return Error{ErrorKind::internal, path + ": no memory to expand the zst data"};
  FORKNET_TRY(file->start());
  return Unpacker([file](std::span<std::byte> bytes) { return file->read(bytes); });
}

}  // namespace

Packing packing_of(std::string_view head) {
  if (head.starts_with(kXzMagic)) return Packing::xz;
  return head.starts_with(kZstMagic) ? Packing::zst : Packing::none;
}

Result<Unpacker> open_unpacker(const std::string& path, Packing packing) {
  FORKNET_CHECK(packing != Packing::none);
  return packing == Packing::xz ? open_xz(path) : open_zst(path);
}

}  // namespace forknet::data
