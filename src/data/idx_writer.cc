#include "data/idx_writer.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/check.h"
#include "base/checked.h"
#include "base/try.h"

namespace forknet::data {
namespace {

constexpr int kGzipWindow = 15 + 16;  // the largest window, in a gzip wrapper
constexpr int kMemoryLevel = 9;
constexpr std::size_t kOutputBytes = std::size_t{1} << 18;
constexpr std::uint8_t kUnsignedByte = 0x08;
constexpr unsigned kMode = 0644;

std::vector<std::uint8_t> idx_header(std::span<const std::uint32_t> sizes) {
  std::vector<std::uint8_t> header = {0, 0, kUnsignedByte, static_cast<std::uint8_t>(sizes.size())};
  for (const std::uint32_t size : sizes) {
    for (const int shift : {24, 16, 8, 0}) {
      header.push_back(static_cast<std::uint8_t>((size >> shift) & 255U));
    }
  }
  return header;
}

}  // namespace

// zlib's state points back to its stream, so both must stay at one address.
struct IdxWriter::Deflate {
  z_stream stream = {};
  std::vector<std::uint8_t> output = std::vector<std::uint8_t>(kOutputBytes);
  Deflate() = default;
  Deflate(const Deflate&) = delete;
  Deflate& operator=(const Deflate&) = delete;
  Deflate(Deflate&&) = delete;
  Deflate& operator=(Deflate&&) = delete;
  ~Deflate() { deflateEnd(&stream); }
};

IdxWriter::IdxWriter(os::DurableFile file, std::unique_ptr<Deflate> deflate, std::size_t left)
    : file_(std::move(file)), deflate_(std::move(deflate)), left_(left) {}
IdxWriter::IdxWriter(IdxWriter&&) noexcept = default;
IdxWriter& IdxWriter::operator=(IdxWriter&&) noexcept = default;
IdxWriter::~IdxWriter() = default;

Result<IdxWriter> IdxWriter::create(const std::string& path, std::span<const std::uint32_t> sizes) {
  FORKNET_CHECK(!sizes.empty() && sizes.size() <= 255);
  std::size_t bytes = 1;
  for (const std::uint32_t size : sizes) {
    const auto product = checked_multiply(bytes, size);
    FORKNET_CHECK(product.has_value());
    bytes = *product;
  }
  FORKNET_ASSIGN(os::DurableFile file, os::DurableFile::create(path, kMode));
  auto deflate = std::make_unique<Deflate>();
  if (deflateInit2(&deflate->stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return Error{ErrorKind::internal, path + ": not enough memory to compress"};
  }
  IdxWriter writer(std::move(file), std::move(deflate), bytes);
  FORKNET_TRY(writer.compress(idx_header(sizes), false));
  return writer;
}

Status IdxWriter::append(std::span<const std::uint8_t> bytes) {
  FORKNET_CHECK(bytes.size() <= left_);
  left_ -= bytes.size();
  return compress(bytes, false);
}

Status IdxWriter::finish() {
  FORKNET_CHECK(left_ == 0 && deflate_ != nullptr);
  FORKNET_TRY(compress({}, true));
  deflate_.reset();
  return {};
}

Status IdxWriter::commit() {
  FORKNET_CHECK(deflate_ == nullptr);
  return file_.commit();
}

Status IdxWriter::compress(std::span<const std::uint8_t> bytes, bool last) {
  FORKNET_CHECK(deflate_ != nullptr);
  z_stream& stream = deflate_->stream;
  std::vector<std::uint8_t>& output = deflate_->output;
  do {
    // zlib counts its input in an unsigned int.
    const std::size_t given =
        std::min<std::size_t>(bytes.size(), std::numeric_limits<unsigned>::max());
    stream.next_in = const_cast<std::uint8_t*>(bytes.data());  // zlib only reads it
    stream.avail_in = static_cast<unsigned>(given);
    bytes = bytes.subspan(given);
    do {
      stream.next_out = output.data();
      stream.avail_out = static_cast<unsigned>(output.size());
      const int result = deflate(&stream, last && bytes.empty() ? Z_FINISH : Z_NO_FLUSH);
      FORKNET_CHECK(result != Z_STREAM_ERROR);
      FORKNET_TRY(
          file_.write(std::as_bytes(std::span(output).first(output.size() - stream.avail_out))));
    } while (stream.avail_out == 0);
  } while (!bytes.empty());
  return {};
}

}  // namespace forknet::data
