// Detects the properties of a CSV file from its beginning: delimiter, decimal mark, header, names
// and kinds of columns. Values given in the settings are used unchanged.
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
  // The first line is taken as a row, but may be a header of years: "2019, 2020, 2021".
  std::string years = {};
};

// The kinds of fields in one column, below the header.
struct SampleColumn {
  std::string name;
  std::size_t numbers = 0;
  std::size_t texts = 0;
  std::size_t missing = 0;
  // More than a tenth are texts; fewer among numbers are mistakes to report, not categories.
  [[nodiscard]] bool is_text() const { return texts * 10 > numbers + texts; }
};

struct Sample {
  Dialect dialect;
  std::vector<SampleColumn> columns;
};

// "a.csv:12: ..." of kind data.
[[nodiscard]] Error csv_error(const std::string& path, std::size_t line, const std::string& what);

// `head`: the file's beginning, up to the end of a record. Errors: a file of blank lines, two
// columns of the same name.
[[nodiscard]] Result<Sample> read_sample(const std::string& path, std::string_view head,
                                         const TableConfig& config);

// The field without surrounding blanks.
[[nodiscard]] std::string_view trimmed(std::string_view text);

// True: the whole text is a finite number with this decimal mark; sets `value`.
[[nodiscard]] bool parse_number(std::string_view text, char decimal, float& value);

// True: the text is one of those for a missing value.
[[nodiscard]] bool is_missing(std::string_view text, const std::vector<std::string>& missing);

// A field as shown in messages: quoted, shortened and printable.
[[nodiscard]] std::string shown(std::string_view text);

// The names in a list, shortened: "a", "b", "c", … (12 in all).
[[nodiscard]] std::string shown(const std::vector<std::string>& names);

}  // namespace forknet::data::csv
