// The errors of the parser: file, line, column, what was expected and what to do.
#include <algorithm>

#include "data/error.h"
#include "data/formats/csv/parse.h"

namespace forknet::data::csv {
namespace {

// "1,5": digits on both sides of one comma.
bool has_decimal_comma(std::string_view text) {
  float value = 0;
  return text.find(',') != std::string_view::npos && parse_number(text, ',', value);
}

}  // namespace

std::size_t Parser::line_of(const char* at) const {
  return line_ + static_cast<std::size_t>(std::count(text_.data(), at, '\n'));
}

Error Parser::fault(std::size_t column, const char* at, const std::string& what) const {
  return csv_error(
      table_.path, line_of(at),
      fmt::format("column {} ({}): {}", column, shown(sample_.columns[column].name), what));
}

// Error: the record at `begin` has another number of fields; `at` is after that of `column`.
Error Parser::ragged(std::size_t column, const char* at, const char* begin) {
  std::size_t fields = column + 1;
  while (*at == delimiter_) {
    ++at;
    const auto more = field(0, at);
    if (!more.ok()) return more.error();
    ++fields;
  }
  const bool named = sample_.dialect.header;
  return csv_error(
      table_.path, line_of(begin),
      fmt::format("{} fields, but {} {}\n"
                  "  fields are cut at {} (delimiter = \"..\" gives another); a text that holds it "
                  "stands in double quotes{}",
                  fields, named ? "the header has" : "the first line has", uses_.size(),
                  delimiter_ == '\t' ? "tabs" : shown({&delimiter_, 1}),
                  delimiter_ == ',' ? ",\n  and so does a number with a decimal comma "
                                      "(decimal = \",\")"
                                    : ""));
}

Error Parser::no_number(std::size_t column, std::string_view text, const char* at) const {
  std::string what = shown(text) + " is not a finite number";
  if (sample_.dialect.decimal == '.' && has_decimal_comma(text)) {
    what += "\n  numbers with a decimal comma: decimal = \",\"";
  } else {
    what += fmt::format(
        "\n  where a value is missing, missing = [..] names the text that says so ({} now);\n"
        "  a column of texts: categorical = [{}]",
        missing_.empty() ? "none" : shown(missing_), shown(sample_.columns[column].name));
  }
  return fault(column, at, what);
}

Error Parser::no_weight(std::size_t column, std::string_view text, const char* at) const {
  float value = 0;
  const std::string what =
      parse_number(text, sample_.dialect.decimal, value) ? shown(text) + " is below 0"
      : is_missing(text, missing_) ? "no value in the column of weights (data.weight)"
                                   : shown(text) + " is not a finite number";
  return fault(
      column, at,
      what + "\n  the weight of a row is a finite number of at least 0; 0 leaves the row out");
}

}  // namespace forknet::data::csv
