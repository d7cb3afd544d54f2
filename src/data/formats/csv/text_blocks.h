// The text of a CSV file in blocks of whole records: a record that a block would cut begins the
// next one, also where its line ends stand within quotes. Memory: a block at a time, a record that
// is longer than that, and the blocks that were given out. One thread at a time.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "data/formats/csv/text_source.h"

namespace forknet::data::csv {

inline constexpr std::size_t kBlockBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMostRecordBytes = std::size_t{16} << 20;

// Bytes that can be read behind a block's text.
inline constexpr std::size_t kTextPadding = 64;

// Owns its memory, which the next one can take over.
struct TextBlock {
  std::string memory;
  std::string_view text;  // of it; ends with '\n'; empty: the file has ended
  std::size_t line = 1;   // number of its first line
};

class TextBlocks {
 public:
  // Errors: an empty file, and what is no table of text: bytes of zero, web pages, packed files,
  // pointers to files that were not downloaded.
  [[nodiscard]] static Result<TextBlocks> open(const std::string& path);

  // The first records of the file, before the first call of next().
  [[nodiscard]] std::string_view head() const;
  // Fields end at it, which tells quotes that open a field from others.
  void set_delimiter(char delimiter) { delimiter_ = delimiter; }
  // Into `block`, whose memory is used again.
  [[nodiscard]] Status next(TextBlock& block);

  [[nodiscard]] const std::string& path() const { return source_.name; }
  // Bytes of the whole text; 0: not known before its end.
  [[nodiscard]] std::uint64_t bytes() const { return source_.bytes; }

 private:
  explicit TextBlocks(TextSource source) : source_(std::move(source)) {}
  [[nodiscard]] std::string_view text() const { return {buffer_.data(), filled_}; }
  [[nodiscard]] Status fill();
  [[nodiscard]] Status fill_text();
  [[nodiscard]] Status check_text(std::size_t from) const;
  [[nodiscard]] std::size_t end_of_records() const;
  [[nodiscard]] Status check_beginning();
  [[nodiscard]] Error too_long() const;
  void give(TextBlock& block, std::size_t end);

  TextSource source_;
  std::string buffer_;      // the text that was read, and at least kTextPadding bytes more
  std::size_t filled_ = 0;  // bytes of the text
  std::size_t line_ = 1;    // of its beginning
  bool ended_ = false;      // nothing more comes from the source
  char delimiter_ = ',';
};

}  // namespace forknet::data::csv
