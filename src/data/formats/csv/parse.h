// Parses blocks of text into blocks of rows. Errors name file, line and column, and what to do.
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

// fp32 represents every integer up to this one exactly.
inline constexpr std::size_t kMostTexts = std::size_t{1} << 20;

// The content of one block of text. Texts are numbered in the order in which the parser met them.
struct ParsedBlock {
  RawBlock rows;
  std::vector<float> targets = {};      // (rows, targets)
  std::vector<float> weights = {};      // (rows), if there is a column of weights
  std::vector<std::string> kept = {};   // (rows, kept)
  std::vector<std::size_t> lines = {};  // (rows), if the table keeps them
  std::size_t without_target = 0;       // rows left out because the target is missing
  std::size_t weightless = 0;           // rows left out because their weight is 0
  struct NewText {
    std::size_t column = 0;  // of the file
    std::string text;
  };
  std::vector<NewText> texts = {};  // that are new to the parser, in order
  std::optional<Error> error = {};  // the rows before the error are not in `rows`
};

// Independent of other parsers of the same file; each takes blocks in ascending order. One thread
// at a time.
class Parser {
 public:
  // `table` has path, dialect and columns in the order of `uses` (one per column of the file).
  // `sample` names the columns. All arguments outlive the parser.
  Parser(const RawTable& table, const Sample& sample, const std::vector<ColumnUse>& uses,
         const std::vector<std::string>& missing);

  // The next record is the header and is skipped.
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
  [[nodiscard]] Error no_number(std::size_t column, std::string_view text, const char* at) const;
  [[nodiscard]] Error no_weight(std::size_t column, std::string_view text, const char* at) const;
  [[nodiscard]] Error fault(std::size_t column, const char* at, const std::string& what) const;
  [[nodiscard]] Error ragged(std::size_t column, const char* at, const char* begin);

  const RawTable& table_;
  const Sample& sample_;
  const std::vector<std::string>& missing_;
  const std::vector<ColumnUse>& uses_;
  const char delimiter_;
  const char decimal_;         // in an unquoted field; 0: none
  std::vector<char> numbers_;  // columns that may only hold numbers
  bool texts_among_inputs_ = false;
  std::vector<Places> places_;     // by column of the file
  std::string_view text_;          // of the block
  std::size_t line_ = 1;           // number of its first line
  const char* counted_ = nullptr;  // lines are counted up to here,
  std::size_t counted_line_ = 1;   // where this line begins
  bool header_ahead_ = false;
  ParsedBlock made_ = {};
  std::string scratch_;            // a field without quotes
  std::vector<float> inputs_;      // of the block; allocated for more rows
  std::vector<float> targets_;     // of the current row
  std::vector<std::string> kept_;  // of the current row
  float weight_ = 1;               // of the current row
  std::size_t filled_ = 0;         // of inputs_, by earlier rows
  float* next_input_ = nullptr;    // of the current row
  float* next_target_ = nullptr;
};

}  // namespace forknet::data::csv
