#include "data/formats/csv/text_blocks.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <utility>

#include "base/try.h"
#include "data/error.h"
#include "data/formats/csv/sample.h"
#include "data/mistaken.h"

namespace forknet::data::csv {
namespace {

struct Signature {
  std::string_view begins;
  std::string_view what;
};

constexpr std::string_view kPackedTwice = "the file is packed twice; unpack it once";

// In addition to files that are no data at all (mistaken.h).
constexpr std::array<Signature, 6> kSignatures = {{
    {"\x1f\x8b", kPackedTwice},
    {"PK\x03\x04", kPackedTwice},
    {"\xfd"
     "7zXZ",
     kPackedTwice},
    {"\x28\xb5\x2f\xfd", kPackedTwice},
    {"\x89PNG", "this is a picture, not a table"},
    {"\xff\xd8\xff", "this is a picture, not a table"},
}};

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// Counts in bytes, so that compilers vectorize it.
std::size_t count_lines(std::string_view text) {
  constexpr std::size_t kStretch = 255;
  std::size_t lines = 0;
  while (!text.empty()) {
    std::uint8_t some = 0;
    for (const char c : text.substr(0, kStretch)) {
      some = static_cast<std::uint8_t>(some + (c == '\n' ? 1 : 0));
    }
    lines += some;
    text.remove_prefix(std::min(kStretch, text.size()));
  }
  return lines;
}

}  // namespace

Result<TextBlocks> TextBlocks::open(const std::string& path) {
  FORKNET_ASSIGN(TextSource source, open_text(path));
  TextBlocks blocks(std::move(source));
  FORKNET_TRY(blocks.fill());
  FORKNET_TRY(blocks.check_beginning());
  return blocks;
}

Status TextBlocks::check_beginning() {
  if (filled_ == 0) return data_error("{}: the file is empty", path());
  if (const std::string packed = packed_otherwise(text()); !packed.empty()) {
    return data_error("{}: {}", path(), packed);
  }
  if (const std::string_view what = mistaken_for(text()); !what.empty()) {
    return data_error("{}: {}", path(), what);
  }
  for (const Signature& signature : kSignatures) {
    if (text().starts_with(signature.begins)) return data_error("{}: {}", path(), signature.what);
  }
  if (text().starts_with(kByteOrderMark)) {
    buffer_.erase(0, kByteOrderMark.size());
    filled_ -= kByteOrderMark.size();
  }
  // A missing line end was added after the last line.
  const std::size_t carriage_return = text().find('\r');
  const bool one_line = text().find('\n') + 1 == filled_;
  if (one_line && carriage_return != std::string::npos && carriage_return + 2 < filled_) {
    return data_error("{}: lines end with CR alone; save it with LF or CR LF", path());
  }
  return check_text(0);
}

// Appends one more block of bytes.
Status TextBlocks::fill() {
  const std::size_t needed = filled_ + kBlockBytes + kTextPadding;
  if (buffer_.size() < needed) buffer_.resize(needed);
  const auto bytes = std::as_writable_bytes(std::span(buffer_).subspan(filled_, kBlockBytes));
  FORKNET_ASSIGN(const std::size_t got, source_.read(bytes));
  filled_ += got;
  ended_ = got < kBlockBytes;
  if (ended_ && filled_ > 0 && text().back() != '\n') buffer_[filled_++] = '\n';
  return {};
}

// Error: a zero byte in the text; bytes before `from` are already checked.
Status TextBlocks::check_text(std::size_t from) const {
  const std::size_t zero = text().find('\0', from);
  if (zero == std::string_view::npos) return {};
  const std::size_t line_end = zero == 0 ? std::string_view::npos : text().rfind('\n', zero - 1);
  const std::size_t begin = line_end == std::string_view::npos ? 0 : line_end + 1;
  return csv_error(path(), line_ + count_lines(text().substr(0, zero)),
                   fmt::format("a zero byte, byte {} of the line: not text, or damaged\n"
                               "  CSV, plain, gz, zip, xz or zst, was expected",
                               zero - begin + 1));
}

Status TextBlocks::fill_text() {
  const std::size_t before = filled_;
  FORKNET_TRY(fill());
  return check_text(before);
}

// The end of the last complete record of the text; 0: there is none.
std::size_t TextBlocks::end_of_records() const {
  const std::string_view all = text();
  const std::size_t last = all.rfind('\n');
  if (last == std::string_view::npos) return 0;
  if (all.find('"') == std::string_view::npos) return last + 1;
  std::size_t end = 0;
  bool quoted = false;
  bool field_begins = true;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const char c = all[i];
    if (quoted) {
      if (c != '"') continue;
      if (i + 1 < all.size() && all[i + 1] == '"') {
        ++i;
      } else {
        quoted = false;
      }
    } else if (c == '"' && field_begins) {
      quoted = true;
    } else if (c == '\n') {
      end = i + 1;
    }
    field_begins = !quoted && (c == delimiter_ || c == '\n');
  }
  return end;
}

Error TextBlocks::too_long() const {
  return csv_error(path(), line_,
                   fmt::format("a record of more than {} MiB begins here\n"
                               "  is a closing quote missing, or is this no table?",
                               kMostRecordBytes >> 20));
}

std::string_view TextBlocks::head() const {
  const std::size_t end = end_of_records();
  return text().substr(0, end > 0 ? end : filled_);
}

Status TextBlocks::next(TextBlock& block) {
  if (!ended_ && filled_ < kBlockBytes) FORKNET_TRY(fill_text());
  std::size_t end = end_of_records();
  while (end == 0 && !ended_) {
    if (filled_ > kMostRecordBytes) return too_long();
    FORKNET_TRY(fill_text());
    end = end_of_records();
  }
  if (end == 0 && filled_ > 0) {
    if (filled_ > kMostRecordBytes) return too_long();
    return csv_error(path(), line_,
                     "a quoted field of this record is not closed before the file ends\n"
                     "  a quote within a quoted field is written twice: \"\"");
  }
  give(block, end);
  return {};
}

// Returns the first `end` bytes together with the buffer; the rest begins the next block.
void TextBlocks::give(TextBlock& block, std::size_t end) {
  std::swap(block.memory, buffer_);
  block.text = std::string_view(block.memory).substr(0, end);
  block.line = line_;
  line_ += count_lines(block.text);
  const std::size_t rest = filled_ - end;
  const std::size_t needed = rest + kBlockBytes + kTextPadding;
  if (buffer_.size() < needed) buffer_.resize(needed);
  std::memcpy(buffer_.data(), block.memory.data() + end, rest);
  filled_ = rest;
}

}  // namespace forknet::data::csv
