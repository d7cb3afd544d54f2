#include "data/byte_source.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/try.h"
#include "data/error.h"
#include "data/expansion.h"
#include "os/fd.h"
#include "os/file.h"

namespace forknet::data {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 17;
constexpr std::array<unsigned char, 2> kGzipMagic = {0x1f, 0x8b};
constexpr int kGzipOnly = 15 + 16;  // zlib: the largest window, gzip headers only
// Limit of one call of inflate: its counters are 32 bits wide.
constexpr std::size_t kMostPerCall = std::size_t{1} << 30;

// The position in a gzip file: in a member, between two, or past the last.
enum class Place { in_member, between, end };

}  // namespace

struct ByteSource::State {
  std::string path;
  os::Fd fd;
  std::uint64_t file_bytes = 0;
  bool compressed = false;
  std::array<std::byte, kBufferBytes> buffer{};  // raw bytes of the file
  std::size_t begin = 0;                         // buffer[begin, end) is unread
  std::size_t end = 0;
  z_stream inflater{};
  bool inflating = false;  // the inflater owns memory of zlib
  Place place = Place::between;
  int members = 0;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (inflating) inflateEnd(&inflater);
  }
  Status refill();
  Result<std::size_t> read_plain(std::span<std::byte> bytes);
  Result<std::size_t> read_gzip(std::span<std::byte> bytes);
  Status start_member();
  Result<std::size_t> inflate_some(std::span<std::byte> bytes);
  [[nodiscard]] Error damaged() const;
  [[nodiscard]] Error garbage() const;
};

// Refills the buffer from the file; it stays empty at the end of the file.
Status ByteSource::State::refill() {
  begin = 0;
  FORKNET_ASSIGN(end, os::read_some(fd, buffer));
  return {};
}

Result<std::size_t> ByteSource::State::read_plain(std::span<std::byte> bytes) {
  const std::size_t kept = std::min(end - begin, bytes.size());
  std::memcpy(bytes.data(), buffer.data() + begin, kept);
  begin += kept;
  if (kept == bytes.size()) return kept;
  FORKNET_ASSIGN(const std::size_t more, os::read_some(fd, bytes.subspan(kept)));
  return kept + more;
}

Error ByteSource::State::damaged() const {
  return data_error("{}: the gzip data is damaged ({}); is the download complete and unchanged?",
                    path, inflater.msg != nullptr ? inflater.msg : "unreadable");
}

Error ByteSource::State::garbage() const {
  return data_error("{}: something that is not gzip follows the gzip data; is the file damaged?",
                    path);
}

// Called at the first byte of a member.
Status ByteSource::State::start_member() {
  if (std::to_integer<unsigned char>(buffer[begin]) != kGzipMagic[0]) return garbage();
  const int code = inflating ? inflateReset(&inflater) : inflateInit2(&inflater, kGzipOnly);
  if (code != Z_OK) return Error{ErrorKind::internal, path + ": no memory to expand the gzip data"};
  inflating = true;
  place = Place::in_member;
  ++members;
  return {};
}

Result<std::size_t> ByteSource::State::inflate_some(std::span<std::byte> bytes) {
  const std::size_t wanted = std::min(bytes.size(), kMostPerCall);
  inflater.next_in = reinterpret_cast<Bytef*>(buffer.data() + begin);
  inflater.avail_in = static_cast<uInt>(end - begin);
  inflater.next_out = reinterpret_cast<Bytef*>(bytes.data());
  inflater.avail_out = static_cast<uInt>(wanted);
  const int code = inflate(&inflater, Z_NO_FLUSH);
  begin = end - inflater.avail_in;
  if (code == Z_STREAM_END) {
    place = Place::between;
  } else if (code == Z_MEM_ERROR) {
    return Error{ErrorKind::internal, path + ": no memory to expand the gzip data"};
  } else if (code != Z_OK && code != Z_BUF_ERROR) {
    const bool header =
        std::string_view(inflater.msg != nullptr ? inflater.msg : "") == "incorrect header check";
    return header && members > 1 ? garbage() : damaged();
  }
  return wanted - inflater.avail_out;
}

Result<std::size_t> ByteSource::State::read_gzip(std::span<std::byte> bytes) {
  std::size_t done = 0;
  while (done < bytes.size() && place != Place::end) {
    if (begin == end) FORKNET_TRY(refill());
    if (begin == end && place == Place::in_member) {
      return data_error("{}: the gzip data is cut short after {} bytes; is the download complete?",
                        path, file_bytes);
    }
    if (begin == end) {
      place = Place::end;
      break;
    }
    if (place == Place::between) FORKNET_TRY(start_member());
    FORKNET_ASSIGN(const std::size_t more, inflate_some(bytes.subspan(done)));
    done += more;
  }
  return done;
}

ByteSource::ByteSource(std::unique_ptr<State> state) : state_(std::move(state)) {}
ByteSource::ByteSource(ByteSource&&) noexcept = default;
ByteSource& ByteSource::operator=(ByteSource&&) noexcept = default;
ByteSource::~ByteSource() = default;

Result<ByteSource> ByteSource::open(const std::string& path) {
  std::error_code failure;
  const std::filesystem::file_status status = std::filesystem::status(path, failure);
  // A missing file is left to open_read, which has the message for it.
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    return data_error("{}: not a regular file; a data file was expected", path);
  }
  auto state = std::make_unique<State>();
  state->path = path;
  FORKNET_ASSIGN(state->fd, os::open_read(path, ErrorKind::data));
  state->file_bytes = std::filesystem::file_size(path, failure);
  if (failure) return data_error("{}: {}", path, failure.message());
  FORKNET_TRY(state->refill());
  state->compressed = state->end >= kGzipMagic.size() &&
                      std::memcmp(state->buffer.data(), kGzipMagic.data(), kGzipMagic.size()) == 0;
  return ByteSource(std::move(state));
}

Result<std::size_t> ByteSource::read(std::span<std::byte> bytes) {
  return state_->compressed ? state_->read_gzip(bytes) : state_->read_plain(bytes);
}

Result<bool> ByteSource::at_end() {
  std::byte next{};
  FORKNET_ASSIGN(const std::size_t got, read({&next, 1}));
  return got == 0;
}

const std::string& ByteSource::path() const { return state_->path; }
bool ByteSource::compressed() const { return state_->compressed; }
std::uint64_t ByteSource::file_bytes() const { return state_->file_bytes; }

std::uint64_t ByteSource::most_bytes() const {
  if (!state_->compressed) return state_->file_bytes;
  return most_expanded(state_->file_bytes);
}

}  // namespace forknet::data
