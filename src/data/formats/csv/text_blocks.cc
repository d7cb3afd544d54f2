#include "data/formats/csv/text_blocks.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <span>
#include <utility>

#include "data/error.h"
#include "data/formats/csv/sample.h"

namespace forknet::data::csv {
namespace {

struct Signature {
  std::string_view begins;
  std::string_view what;
};

constexpr std::string_view kPackedTwice = "the file is packed twice; unpack it once";
constexpr std::string_view kPackedOtherwise =
    "packed in a way that is not read here; expected plain, gz, zip, xz or zst";

// What is saved under the name of a table by mistake; letters in lower case.
constexpr std::array<Signature, 14> kSignatures = {{
    {"<!doctype", "this is a web page, not a table: the download failed"},
    {"<html", "this is a web page, not a table: the download failed"},
    {"<?xml", "this is XML, not a table: was the wrong file downloaded?"},
    {"version https://git-lfs", "this is a Git LFS pointer, not the file itself: run git lfs pull"},
    {"\x1f\x8b", kPackedTwice},
    {"pk\x03\x04", kPackedTwice},
    {"\xfd"
     "7zxz",
     kPackedTwice},
    {"\x28\xb5\x2f\xfd", kPackedTwice},
    {"7z\xbc\xaf", kPackedOtherwise},
    {"rar!\x1a", kPackedOtherwise},
    {"\x89png", "this is a picture, not a table"},
    {"%pdf", "this is a PDF, not a table"},
    {"\xff\xfe", "the text is UTF-16; save it as UTF-8"},
    {"\xfe\xff", "the text is UTF-16; save it as UTF-8"},
}};

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

Result<TextBlocks> TextBlocks::open(const std::string& path) {
  FORKNET_ASSIGN(TextSource source, open_text(path));
  TextBlocks blocks(std::move(source));
  FORKNET_TRY(blocks.fill());
  FORKNET_TRY(blocks.check_beginning());
  return blocks;
}

Status TextBlocks::check_beginning() {
  if (buffer_.empty()) return data_error("{}: the file is empty", path());
  std::string begin = buffer_.substr(0, 64);
  begin.erase(0, begin.find_first_not_of(" \t\r\n"));
  std::transform(begin.begin(), begin.end(), begin.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const Signature& signature : kSignatures) {
    if (begin.starts_with(signature.begins)) return data_error("{}: {}", path(), signature.what);
  }
  if (buffer_.starts_with(kByteOrderMark)) buffer_.erase(0, kByteOrderMark.size());
  // A line end was put behind the last line, if it had none.
  const std::size_t carriage_return = buffer_.find('\r');
  const bool one_line = buffer_.find('\n') + 1 == buffer_.size();
  if (one_line && carriage_return != std::string::npos && carriage_return + 2 < buffer_.size()) {
    return data_error("{}: lines end with CR alone; save it with LF or CR LF", path());
  }
  return check_text(0);
}

// One more block of bytes behind what is there.
Status TextBlocks::fill() {
  const std::size_t before = buffer_.size();
  buffer_.resize(before + kBlockBytes);
  const auto bytes = std::as_writable_bytes(std::span(buffer_).subspan(before));
  FORKNET_ASSIGN(const std::size_t got, source_.read(bytes));
  buffer_.resize(before + got);
  ended_ = got < kBlockBytes;
  if (ended_ && !buffer_.empty() && buffer_.back() != '\n') buffer_ += '\n';
  return {};
}

// Text has no bytes of zero; those before `from` have been looked for.
Status TextBlocks::check_text(std::size_t from) const {
  const auto* zero =
      static_cast<const char*>(std::memchr(buffer_.data() + from, 0, buffer_.size() - from));
  if (zero == nullptr) return {};
  const char* first = buffer_.data() + used_;
  const auto line = std::count(first, zero, '\n') + static_cast<std::ptrdiff_t>(line_);
  return csv_error(path(), static_cast<std::size_t>(line),
                   "a byte of zero: this is no text; CSV, plain, gz, zip, xz or zst, was expected");
}

Status TextBlocks::fill_text() {
  const std::size_t before = buffer_.size();
  FORKNET_TRY(fill());
  return check_text(before);
}

// Where the last whole record in the buffer ends; 0: there is none.
std::size_t TextBlocks::end_of_records() const {
  const std::size_t last = buffer_.rfind('\n');
  if (last == std::string::npos) return 0;
  if (std::memchr(buffer_.data(), '"', buffer_.size()) == nullptr) return last + 1;
  std::size_t end = 0;
  bool quoted = false;
  bool field_begins = true;
  for (std::size_t i = 0; i < buffer_.size(); ++i) {
    const char c = buffer_[i];
    if (quoted) {
      if (c != '"') continue;
      if (i + 1 < buffer_.size() && buffer_[i + 1] == '"') {
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
  return std::string_view(buffer_).substr(0, end > 0 ? end : buffer_.size());
}

Result<TextBlock> TextBlocks::next() {
  const auto given = std::string_view(buffer_).substr(0, used_);
  line_ += static_cast<std::size_t>(std::count(given.begin(), given.end(), '\n'));
  buffer_.erase(0, used_);
  used_ = 0;
  if (!ended_ && buffer_.size() < kBlockBytes) FORKNET_TRY(fill_text());
  std::size_t end = end_of_records();
  while (end == 0 && !ended_) {
    if (buffer_.size() > kMostRecordBytes) return too_long();
    FORKNET_TRY(fill_text());
    end = end_of_records();
  }
  if (end == 0 && !buffer_.empty()) {
    if (buffer_.size() > kMostRecordBytes) return too_long();
    return csv_error(path(), line_,
                     "a quoted field of this record is not closed before the file ends\n"
                     "  a quote within a quoted field is written twice: \"\"");
  }
  used_ = end;
  return TextBlock{std::string_view(buffer_).substr(0, end), line_};
}

}  // namespace forknet::data::csv
