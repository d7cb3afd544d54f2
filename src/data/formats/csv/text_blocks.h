// Reads the text of a CSV file in blocks of complete records. A record that a block would cut
// begins the next one, even if line ends are within quotes. Memory: one block, a record that is
// longer, and the blocks returned. One thread at a time.
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

// Readable bytes after a block's text.
inline constexpr std::size_t kTextPadding = 64;

// Owns its memory, which the next block can reuse.
struct TextBlock {
  std::string memory;
  std::string_view text;  // ends with '\n'; empty: end of file
  std::size_t line = 1;   // number of its first line
};

class TextBlocks {
 public:
  // Errors: an empty file, or not a text table: zero bytes, web pages, packed files, pointers to
  // files that were not downloaded.
  [[nodiscard]] static Result<TextBlocks> open(const std::string& path);

  // The first records of the file, before the first call of next().
  [[nodiscard]] std::string_view head() const;
  // Fields end at the delimiter; needed to recognize quotes that open a field.
  void set_delimiter(char delimiter) { delimiter_ = delimiter; }
  // Reads the next block into `block`, reusing its memory.
  [[nodiscard]] Status next(TextBlock& block);

  [[nodiscard]] const std::string& path() const { return source_.name; }
  // The length of the whole text; 0: not known before its end.
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
  std::string buffer_;      // the text read, and at least kTextPadding bytes more
  std::size_t filled_ = 0;  // bytes of the text
  std::size_t line_ = 1;    // number of its first line
  bool ended_ = false;      // the source is at its end
  char delimiter_ = ',';
};

}  // namespace forknet::data::csv
