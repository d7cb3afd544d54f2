// The beginning of a CSV file, and what it says about the rest: delimiter, decimal mark, header,
// names and kinds of the columns. What the settings name is taken as given.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace forknet::data::csv {

struct Dialect {
  char delimiter = ',';
  char decimal = '.';
  bool header = true;
  // The first line is taken for a row, but may be a header of years: "2019, 2020, 2021".
  std::string years = {};
};

// What the fields of one column are, below the header.
struct SampleColumn {
  std::string name;
  std::size_t numbers = 0;
  std::size_t texts = 0;
  std::size_t missing = 0;
  // Most are texts: single ones among numbers are mistakes to be told, not categories.
  [[nodiscard]] bool is_text() const { return texts * 10 > numbers + texts; }
};

struct Sample {
  Dialect dialect;
  std::vector<SampleColumn> columns;
};

// "a.csv:12: ..." of kind data.
[[nodiscard]] Error csv_error(const std::string& path, std::size_t line, const std::string& what);

// `head` is the file's beginning, cut at a record's end. Errors: a file of blank lines, two columns
// of one name.
[[nodiscard]] Result<Sample> read_sample(const std::string& path, std::string_view head,
                                         const TableConfig& config);

// The field without the blanks around it.
[[nodiscard]] std::string_view trimmed(std::string_view text);

// Whether the whole text is a finite number with that decimal mark; sets `value`.
[[nodiscard]] bool parse_number(std::string_view text, char decimal, float& value);

// Whether it is one of the texts that stand for no value.
[[nodiscard]] bool is_missing(std::string_view text, const std::vector<std::string>& missing);

// ' quoted, shortened and printable: a field as messages show it.
[[nodiscard]] std::string shown(std::string_view text);

// The names in a list, shortened: "a", "b", "c", … (12 in all).
[[nodiscard]] std::string shown(const std::vector<std::string>& names);

}  // namespace forknet::data::csv
