#include "data/formats/csv/parse.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "base/try.h"
#include "data/error.h"
#include "data/formats/csv/number.h"

namespace forknet::data::csv {
namespace {

const float kMissing = std::numeric_limits<float>::quiet_NaN();

// Packs integers from 0 to 255 as bytes; false: some number is not one.
bool pack(std::span<const float> numbers, std::uint8_t* bytes) {
  constexpr std::size_t kStretch = 4096;
  // Adding 2^23 leaves the integer in the last bits of the float.
  constexpr float kShift = 8388608.0F;
  while (!numbers.empty()) {
    const std::size_t count = std::min(kStretch, numbers.size());
    const float* some = numbers.data();
    std::uint32_t others = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t whole =
          std::bit_cast<std::uint32_t>(some[i] + kShift) - std::bit_cast<std::uint32_t>(kShift);
      others |= whole > 255 || static_cast<float>(static_cast<int>(whole)) != some[i] ? 1U : 0U;
      bytes[i] = static_cast<std::uint8_t>(whole);
    }
    if (others != 0) return false;
    bytes += count;
    numbers = numbers.subspan(count);
  }
  return true;
}

// A quick test: most tables without bytes already fail here.
bool starts_with_bytes(std::span<const float> numbers) {
  constexpr std::size_t kFew = 64;
  std::array<std::uint8_t, kFew> bytes{};
  return pack(numbers.first(std::min(kFew, numbers.size())), bytes.data());
}

// "1,5": digits on both sides of one comma.
bool has_decimal_comma(std::string_view text) {
  float value = 0;
  return text.find(',') != std::string_view::npos && parse_number(text, ',', value);
}

}  // namespace

Parser::Parser(const RawTable& table, const Sample& sample, const std::vector<ColumnUse>& uses,
               const std::vector<std::string>& missing)
    : table_(table),
      sample_(sample),
      missing_(missing),
      uses_(uses),
      delimiter_(sample.dialect.delimiter),
      decimal_(sample.dialect.decimal == delimiter_ ? '\0' : sample.dialect.decimal),
      places_(uses_.size()),
      targets_(table.targets.size()) {
  bool missing_numbers = false;  // a text for "missing" parses as a number
  for (const std::string& text : missing_) {
    float value = 0;
    missing_numbers = missing_numbers || parse_number(text, sample.dialect.decimal, value);
  }
  for (const ColumnUse& use : uses_) {
    const bool used = use.as != ColumnUse::As::nothing;
    numbers_.push_back(
        used && use.as != ColumnUse::As::weight && !use.text && !use.kept && !missing_numbers ? 1
                                                                                              : 0);
    const bool text = use.as == ColumnUse::As::input && use.text;
    texts_among_inputs_ = texts_among_inputs_ || text;
  }
}

ParsedBlock Parser::parse(const TextBlock& block) {
  text_ = block.text;
  line_ = block.line;
  made_ = {};
  filled_ = 0;
  counted_ = text_.data();
  counted_line_ = line_;
  Status status = records(block);
  if (status.ok()) status = finish_block();
  if (!status.ok()) made_.error = status.error();
  return std::exchange(made_, {});
}

Status Parser::records(const TextBlock& block) {
  const char* at = block.text.data();
  const char* end = at + block.text.size();
  while (at < end) {
    if (*at == '\n' || (*at == '\r' && at[1] == '\n')) {  // a blank line
      at += *at == '\n' ? 1 : 2;
    } else if (header_ahead_) {
      FORKNET_TRY(header(at));
    } else {
      FORKNET_TRY(record(at));
    }
  }
  return {};
}

// Parses one record, from its first character to the end of its line.
Status Parser::record(const char*& at) {
  const char* begin = at;
  const std::size_t columns = uses_.size();
  begin_row();
  for (std::size_t column = 0; column < columns; ++column) {
    float value = 0;
    if (numbers_[column] != 0 && fast_number(at, value)) {
      *(uses_[column].as == ColumnUse::As::input ? next_input_ : next_target_)++ = value;
    } else {
      FORKNET_TRY(take(column, at));
    }
    if (*at == '\r' && at[1] == '\n') ++at;
    const bool more = *at == delimiter_;
    if (more != (column + 1 < columns)) return ragged(column, at, begin);
    ++at;
  }
  const std::size_t rows = made_.rows.rows;
  finish_row();
  if (table_.keeps_lines && made_.rows.rows > rows) keep_line(begin);
  return {};
}

void Parser::keep_line(const char* begin) {
  counted_line_ += static_cast<std::size_t>(std::count(counted_, begin, '\n'));
  counted_ = begin;
  made_.lines.push_back(counted_line_);
}

Status Parser::header(const char*& at) {
  const char* begin = at;
  for (std::size_t column = 0; column < uses_.size(); ++column) {
    FORKNET_TRY(field(column, at));
    if (*at == '\r' && at[1] == '\n') ++at;
    const bool more = *at == delimiter_;
    if (more != (column + 1 < uses_.size())) return ragged(column, at, begin);
    ++at;
  }
  header_ahead_ = false;
  return {};
}

// A number that fills the field: the usual case in large tables.
inline bool Parser::fast_number(const char*& at, float& value) const {
  const auto digit = static_cast<unsigned char>(*at - '0');
  if (digit <= 9 && at[1] == delimiter_) {
    value = static_cast<float>(digit);
    ++at;
    return true;
  }
  const char* end = read_number(at, decimal_, value);
  if (end == nullptr || !ends_field(end)) return false;
  at = end;
  return true;
}

// Stores one field; `at` then points to the delimiter or the end of the line.
Status Parser::take(std::size_t column, const char*& at) {
  const ColumnUse& use = uses_[column];
  const char* begin = at;
  FORKNET_ASSIGN(const std::string_view text, field(column, at));
  if (use.kept) kept_.emplace_back(text);
  if (use.as == ColumnUse::As::nothing) return {};
  if (use.as == ColumnUse::As::weight) return take_weight(column, trimmed(text), begin);
  float& value = *(use.as == ColumnUse::As::input ? next_input_ : next_target_)++;
  const std::string_view content = trimmed(text);
  if (is_missing(content, missing_)) {
    value = kMissing;
  } else if (use.text) {
    value = text_place(column, content);
  } else {
    FORKNET_ASSIGN(value, number(column, content, begin));
  }
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
  // A block ends with complete records, so every quote is closed.
  while (true) {
    const auto left = static_cast<std::size_t>(text_.data() + text_.size() - at);
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
               "text after a closing quote\n"
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

Status Parser::take_weight(std::size_t column, std::string_view text, const char* at) {
  constexpr const char* kWanted =
      "\n  the weight of a row is a finite number of at least 0; 0 leaves the row out";
  if (!parse_number(text, sample_.dialect.decimal, weight_)) {
    const std::string what = is_missing(text, missing_)
                                 ? "no value in the column of weights (data.weight)"
                                 : shown(text) + " is not a finite number";
    return fault(column, at, what + kWanted);
  }
  if (weight_ < 0) return fault(column, at, shown(text) + " is below 0" + kWanted);
  return {};
}

// The number of a text; texts are numbered in the order of their first rows.
float Parser::text_place(std::size_t column, std::string_view text) {
  Places& places = places_[column];
  const auto found = places.find(text);
  if (found != places.end()) return found->second;
  const auto place = static_cast<float>(places.size());
  places.emplace(text, place);
  made_.texts.push_back({column, std::string(text)});
  return place;
}

void Parser::begin_row() {
  const std::size_t inputs = table_.inputs.size();
  if (inputs_.size() < filled_ + inputs) inputs_.resize(2 * (filled_ + inputs));
  next_input_ = inputs_.data() + filled_;
  next_target_ = targets_.data();
  kept_.clear();
}

// Keeps the current row, unless its weight is 0 or it has no target.
void Parser::finish_row() {
  if (weight_ == 0) {
    ++made_.weightless;
    return;
  }
  const bool complete =
      std::none_of(targets_.begin(), targets_.end(), [](float value) { return std::isnan(value); });
  if (!complete) {
    ++made_.without_target;
    return;
  }
  made_.targets.insert(made_.targets.end(), targets_.begin(), targets_.end());
  if (table_.weight) made_.weights.push_back(weight_);
  for (std::string& text : kept_) made_.kept.push_back(std::move(text));
  filled_ += table_.inputs.size();
  ++made_.rows.rows;
}

Status Parser::finish_block() {
  RawBlock& block = made_.rows;
  if (block.rows == 0) return {};
  const auto inputs = std::span<const float>(inputs_).first(filled_);
  // Places of texts may change.
  if (!texts_among_inputs_ && starts_with_bytes(inputs)) {
    FORKNET_ASSIGN(block.memory, os::Mapping::anonymous(inputs.size()));
    auto* bytes = reinterpret_cast<std::uint8_t*>(block.memory.writable().data());
    block.bytes = pack(inputs, bytes);
  }
  if (block.bytes) return {};
  FORKNET_ASSIGN(block.memory, os::Mapping::anonymous(inputs.size_bytes()));
  std::memcpy(block.memory.writable().data(), inputs.data(), inputs.size_bytes());
  return {};
}

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

}  // namespace forknet::data::csv
