#include "data/formats/csv/parse.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "base/try.h"
#include "data/formats/csv/number.h"
#include "data/formats/csv/pack.h"

namespace forknet::data::csv {
namespace {

const float kMissing = std::numeric_limits<float>::quiet_NaN();

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
  return no_number(column, text, at);
}

Status Parser::take_weight(std::size_t column, std::string_view text, const char* at) {
  if (parse_number(text, sample_.dialect.decimal, weight_) && weight_ >= 0) return {};
  return no_weight(column, text, at);
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
    block.bytes = pack_bytes(inputs, bytes);
  }
  if (block.bytes) return {};
  FORKNET_ASSIGN(block.memory, os::Mapping::anonymous(inputs.size_bytes()));
  std::memcpy(block.memory.writable().data(), inputs.data(), inputs.size_bytes());
  return {};
}

}  // namespace forknet::data::csv
