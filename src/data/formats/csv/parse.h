// Blocks of text into blocks of rows. Errors name file, line and column, and say what to do.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "data/formats/csv/raw_table.h"
#include "data/formats/csv/text_blocks.h"

namespace forknet::data::csv {

// fp32 holds every whole number up to here, and more.
inline constexpr std::size_t kMostTexts = std::size_t{1} << 20;

// What one block of text holds. Texts are numbered as its parser met them.
struct ParsedBlock {
  RawBlock rows;
  std::vector<float> targets = {};      // (rows, targets)
  std::vector<float> weights = {};      // (rows), where there is a column of them
  std::vector<std::string> kept = {};   // (rows, kept)
  std::vector<std::size_t> lines = {};  // (rows), where the table keeps them
  std::size_t without_target = 0;       // rows that were left out because of it
  std::size_t weightless = 0;           // likewise, because their weight is 0
  struct NewText {
    std::size_t column = 0;  // of the file
    std::string text;
  };
  std::vector<NewText> texts = {};  // that the parser had not met before, as they came
  std::optional<Error> error = {};  // the rows before it are not in `rows`
};

// Knows nothing of other parsers of the same file; each takes blocks in their order. One thread at
// a time.
class Parser {
 public:
  // `table` has path, dialect and columns in the order of `uses` (as many as the file has). What is
  // given outlives the parser. `sample` names the columns.
  Parser(const RawTable& table, const Sample& sample, const std::vector<ColumnUse>& uses,
         const std::vector<std::string>& missing);

  // The next record is the header, and passed over.
  void expect_header() { header_ahead_ = true; }
  [[nodiscard]] bool expects_header() const { return header_ahead_; }

  [[nodiscard]] ParsedBlock parse(const TextBlock& block);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  using Places = std::unordered_map<std::string, float, Hash, std::equal_to<>>;

  [[nodiscard]] Status records(const TextBlock& block);
  [[nodiscard]] Status record(const char*& at);
  [[nodiscard]] Status header(const char*& at);
  [[nodiscard]] Status take(std::size_t column, const char*& at);
  [[nodiscard]] Result<std::string_view> field(std::size_t column, const char*& at);
  [[nodiscard]] Result<std::string_view> quoted_field(std::size_t column, const char*& at);
  [[nodiscard]] Result<float> number(std::size_t column, std::string_view text, const char* at);
  [[nodiscard]] Status take_weight(std::size_t column, std::string_view text, const char* at);
  [[nodiscard]] float text_place(std::size_t column, std::string_view text);
  [[nodiscard]] bool fast_number(const char*& at, float& value) const;
  [[nodiscard]] bool ends_field(const char* at) const {
    return *at == delimiter_ || *at == '\n' || (*at == '\r' && at[1] == '\n');
  }
  void begin_row();
  void finish_row();
  void keep_line(const char* begin);
  [[nodiscard]] Status finish_block();
  [[nodiscard]] std::size_t line_of(const char* at) const;
  [[nodiscard]] Error fault(std::size_t column, const char* at, const std::string& what) const;
  [[nodiscard]] Error ragged(std::size_t column, const char* at, const char* begin);

  const RawTable& table_;
  const Sample& sample_;
  const std::vector<std::string>& missing_;
  const std::vector<ColumnUse>& uses_;
  const char delimiter_;
  const char decimal_;         // within a field that is not quoted; 0: none
  std::vector<char> numbers_;  // columns of which nothing but a number is wanted
  bool texts_among_inputs_ = false;
  std::vector<Places> places_;     // of each column of the file
  std::string_view text_;          // of the block
  std::size_t line_ = 1;           // of its beginning
  const char* counted_ = nullptr;  // lines of the block up to here,
  std::size_t counted_line_ = 1;   // which is this one
  bool header_ahead_ = false;
  ParsedBlock made_ = {};
  std::string scratch_;            // a field without its quotes
  std::vector<float> inputs_;      // of the block: memory for more than there are
  std::vector<float> targets_;     // of the row at hand
  std::vector<std::string> kept_;  // of the row at hand
  float weight_ = 1;               // of the row at hand
  std::size_t filled_ = 0;         // of inputs_, by the rows before
  float* next_input_ = nullptr;    // of the row at hand
  float* next_target_ = nullptr;
};

}  // namespace forknet::data::csv
