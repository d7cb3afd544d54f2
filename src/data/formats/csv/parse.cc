#include "data/formats/csv/parse.h"

#include <fast_float/fast_float.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "data/error.h"

namespace forknet::data::csv {
namespace {

// fp32 holds every whole number up to here.
constexpr std::size_t kMostTexts = std::size_t{1} << 20;
constexpr int kShortDigits = 7;

const float kMissing = std::numeric_limits<float>::quiet_NaN();

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool all_bytes(std::span<const float> numbers) {
  bool bytes = true;
  for (const float number : numbers) {
    // Written so that NaN is none.
    const bool inside = number >= 0.0F && number <= 255.0F;
    bytes = bytes && inside &&
            static_cast<float>(static_cast<std::uint8_t>(inside ? number : 0)) == number;
  }
  return bytes;
}

// "1,5": digits on both sides of one comma.
bool has_decimal_comma(std::string_view text) {
  float value = 0;
  return text.find(',') != std::string_view::npos && parse_number(text, ',', value);
}

}  // namespace

Parser::Parser(RawTable& table, const Sample& sample, std::vector<ColumnUse> uses,
               const std::vector<std::string>& missing)
    : table_(table),
      sample_(sample),
      missing_(missing),
      uses_(std::move(uses)),
      delimiter_(sample.dialect.delimiter),
      texts_(uses_.size()),
      skip_header_(sample.dialect.header) {
  for (const std::string& text : missing_) {
    float value = 0;
    missing_numbers_ = missing_numbers_ || parse_number(text, sample.dialect.decimal, value);
  }
  for (auto* columns : {&table_.inputs, &table_.targets}) {
    for (RawColumn& column : *columns) {
      if (column.text) texts_[column.place].column = &column;
    }
  }
}

Status Parser::add(const TextBlock& block) {
  block_ = block;
  inputs_.clear();
  row_begin_ = 0;
  const char* at = block.text.data();
  const char* end = at + block.text.size();
  while (at < end) {
    if (*at == '\n' || (*at == '\r' && at[1] == '\n')) {  // a blank line
      at += *at == '\n' ? 1 : 2;
      continue;
    }
    FORKNET_TRY(record(at));
  }
  finish_block();
  return {};
}

// One record, from its first character to behind its line's end.
Status Parser::record(const char*& at) {
  const char* begin = at;
  const bool header = std::exchange(skip_header_, false);
  for (std::size_t column = 0; column < uses_.size(); ++column) {
    if (header) {
      FORKNET_TRY(field(column, at));
    } else {
      FORKNET_TRY(take(column, at));
    }
    if (*at == '\r' && at[1] == '\n') ++at;
    const bool more = *at == delimiter_;
    if (more == (column + 1 < uses_.size())) {
      ++at;
      continue;
    }
    std::size_t fields = column + 1;
    while (*at == delimiter_) {
      ++at;
      FORKNET_TRY(field(0, at));
      ++fields;
    }
    return ragged(fields, begin);
  }
  if (!header) finish_row();
  return {};
}

// Digits that are all of the field: the case that large tables of bytes are made of.
bool Parser::fast_number(const char*& at, float& value) const {
  const char* digit = at;
  std::uint32_t whole = 0;
  while (is_digit(*digit) && digit - at < kShortDigits) {
    whole = whole * 10 + static_cast<std::uint32_t>(*digit++ - '0');
  }
  if (digit > at && ends_field(digit)) {
    value = static_cast<float>(whole);
    at = digit;
    return true;
  }
  if (*at != '-' && !is_digit(*at) && *at != sample_.dialect.decimal) return false;
  const fast_float::parse_options options(fast_float::chars_format::general,
                                          sample_.dialect.decimal);
  const char* last = block_.text.data() + block_.text.size();
  const auto [end, error] = fast_float::from_chars_advanced(at, last, value, options);
  if (error != std::errc() || !ends_field(end) || !std::isfinite(value)) return false;
  at = end;
  return true;
}

// One field to where it belongs; `at` then stands at the delimiter or the line's end.
Status Parser::take(std::size_t column, const char*& at) {
  const ColumnUse& use = uses_[column];
  const char* begin = at;
  if (use.as != ColumnUse::As::nothing && !use.text && !use.kept && !missing_numbers_) {
    float value = 0;
    if (fast_number(at, value)) {
      put(column, value);
      return {};
    }
  }
  FORKNET_ASSIGN(const std::string_view text, field(column, at));
  if (use.kept) kept_.emplace_back(text);
  if (use.as == ColumnUse::As::nothing) return {};
  const std::string_view content = trimmed(text);
  if (is_missing(content, missing_)) {
    put(column, kMissing);
    return {};
  }
  FORKNET_ASSIGN(const float value,
                 use.text ? text_place(column, content) : number(column, content, begin));
  put(column, value);
  return {};
}

Result<std::string_view> Parser::field(std::size_t column, const char*& at) {
  if (*at == '"') return quoted_field(column, at);
  const char* begin = at;
  while (*at != delimiter_ && *at != '\n') ++at;
  const char* end = at > begin && *at == '\n' && at[-1] == '\r' ? at - 1 : at;
  return std::string_view(begin, static_cast<std::size_t>(end - begin));
}

Result<std::string_view> Parser::quoted_field(std::size_t column, const char*& at) {
  const char* begin = at++;
  scratch_.clear();
  // A block ends with whole records, so that every quote that opens is closed.
  while (true) {
    const auto left = static_cast<std::size_t>(block_.text.data() + block_.text.size() - at);
    const auto* quote = static_cast<const char*>(std::memchr(at, '"', left));
    if (quote == nullptr) return fault(column, begin, "a quoted field that is not closed");
    scratch_.append(at, quote);
    at = quote + 1;
    if (*at != '"') break;
    scratch_ += '"';
    ++at;
  }
  while (*at == ' ') ++at;
  if (ends_field(at)) return std::string_view(scratch_);
  return fault(column, begin,
               "text stands behind a closing quote\n"
               "  a quote within a quoted field is written twice: \"\"");
}

Result<float> Parser::number(std::size_t column, std::string_view text, const char* at) {
  float value = 0;
  if (parse_number(text, sample_.dialect.decimal, value)) return value;
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

// Texts are numbered in the order of their first rows.
Result<float> Parser::text_place(std::size_t column, std::string_view text) {
  Texts& known = texts_[column];
  const auto found = known.places.find(text);
  if (found != known.places.end()) return found->second;
  std::vector<std::string>& texts = known.column->texts;
  if (texts.size() >= kMostTexts) {
    return data_error(
        "{}: column {} ({}): more than {} different texts\n"
        "  names and numbers of rows say nothing about others: drop = [{}]",
        table_.path, column, shown(known.column->name), kMostTexts, shown(known.column->name));
  }
  const auto place = static_cast<float>(texts.size());
  texts.emplace_back(text);
  known.places.emplace(text, place);
  return place;
}

void Parser::put(std::size_t column, float value) {
  (uses_[column].as == ColumnUse::As::input ? inputs_ : targets_).push_back(value);
}

// The row at hand is kept, unless it has no target.
void Parser::finish_row() {
  const bool complete =
      std::none_of(targets_.begin(), targets_.end(), [](float value) { return std::isnan(value); });
  if (complete) {
    table_.target_values.insert(table_.target_values.end(), targets_.begin(), targets_.end());
    for (std::string& text : kept_) table_.kept_values.push_back(std::move(text));
    row_begin_ = inputs_.size();
    ++table_.rows;
  } else {
    inputs_.resize(row_begin_);
    ++table_.without_target;
  }
  targets_.clear();
  kept_.clear();
}

void Parser::finish_block() {
  const std::size_t columns = table_.inputs.size();
  RawBlock block;
  std::size_t before = 0;
  for (const RawBlock& other : table_.blocks) before += other.rows;
  block.rows = table_.rows - before;
  if (block.rows == 0) return;
  block.bytes = columns > 0 && all_bytes(inputs_);
  if (block.bytes) {
    block.u8.resize(inputs_.size());
    std::transform(inputs_.begin(), inputs_.end(), block.u8.begin(),
                   [](float value) { return static_cast<std::uint8_t>(value); });
  } else {
    block.f32.assign(inputs_.begin(), inputs_.end());
  }
  table_.blocks.push_back(std::move(block));
}

std::size_t Parser::line_of(const char* at) const {
  return block_.line + static_cast<std::size_t>(std::count(block_.text.data(), at, '\n'));
}

Error Parser::fault(std::size_t column, const char* at, const std::string& what) const {
  return csv_error(
      table_.path, line_of(at),
      fmt::format("column {} ({}): {}", column, shown(sample_.columns[column].name), what));
}

Error Parser::ragged(std::size_t fields, const char* at) const {
  const bool named = sample_.dialect.header;
  return csv_error(
      table_.path, line_of(at),
      fmt::format("{} fields, but {} {}\n"
                  "  fields are cut at {} (delimiter = \"..\" gives another); a text that holds it "
                  "stands in double quotes{}",
                  fields, named ? "the header has" : "the first line has", uses_.size(),
                  delimiter_ == '\t' ? "tabs" : shown({&delimiter_, 1}),
                  delimiter_ == ',' ? ",\n  and so does a number with a decimal comma "
                                      "(decimal = \",\")"
                                    : ""));
}

}  // namespace forknet::data::csv
