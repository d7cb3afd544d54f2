// Blocks of text into blocks of rows. Errors name file, line and column, and say what to do.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "data/formats/csv/raw_table.h"
#include "data/formats/csv/text_blocks.h"

namespace forknet::data::csv {

class Parser {
 public:
  // `table` has path, dialect and columns in the order of `uses` (as many as the file has), and is
  // what rows are added to; it and `missing` outlive the parser. `sample` names the columns.
  Parser(RawTable& table, const Sample& sample, std::vector<ColumnUse> uses,
         const std::vector<std::string>& missing);

  [[nodiscard]] Status add(const TextBlock& block);

 private:
  struct Texts {
    struct Hash {
      using is_transparent = void;
      std::size_t operator()(std::string_view text) const {
        return std::hash<std::string_view>()(text);
      }
    };
    std::unordered_map<std::string, float, Hash, std::equal_to<>> places;
    RawColumn* column = nullptr;
  };

  [[nodiscard]] Status record(const char*& at);
  [[nodiscard]] Status take(std::size_t column, const char*& at);
  [[nodiscard]] Result<std::string_view> field(std::size_t column, const char*& at);
  [[nodiscard]] Result<std::string_view> quoted_field(std::size_t column, const char*& at);
  [[nodiscard]] Result<float> number(std::size_t column, std::string_view text, const char* at);
  [[nodiscard]] Result<float> text_place(std::size_t column, std::string_view text);
  void put(std::size_t column, float value);
  [[nodiscard]] bool fast_number(const char*& at, float& value) const;
  [[nodiscard]] bool ends_field(const char* at) const {
    return *at == delimiter_ || *at == '\n' || (*at == '\r' && at[1] == '\n');
  }
  void finish_row();
  void finish_block();
  [[nodiscard]] std::size_t line_of(const char* at) const;
  [[nodiscard]] Error fault(std::size_t column, const char* at, const std::string& what) const;
  [[nodiscard]] Error ragged(std::size_t fields, const char* at) const;

  RawTable& table_;
  const Sample& sample_;
  const std::vector<std::string>& missing_;
  const std::vector<ColumnUse> uses_;
  const char delimiter_;
  bool missing_numbers_ = false;  // a text for "missing" reads as a number
  std::vector<Texts> texts_;      // of each column of the file; unused ones are empty
  TextBlock block_ = {};
  bool skip_header_;
  std::string scratch_;            // a field without its quotes
  std::vector<float> inputs_;      // of the block, then of the row at hand
  std::vector<float> targets_;     // of the row at hand
  std::vector<std::string> kept_;  // of the row at hand
  std::size_t row_begin_ = 0;      // in inputs_
};

}  // namespace forknet::data::csv
