#include "data/formats/csv/sample.h"

#include <fast_float/fast_float.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/try.h"
#include "data/error.h"

namespace forknet::data::csv {
namespace {

constexpr std::size_t kSampleRecords = 1000;
constexpr std::size_t kSampleFields = 100'000;  // of wide tables, whose sample one thread reads
constexpr std::size_t kDialectRecords = 100;
constexpr std::size_t kMostShown = 40;
constexpr std::size_t kMostNames = 10;

// Fields are parts of the text that was split, or of `unquoted`.
struct Records {
  std::vector<std::vector<std::string_view>> rows = {};
  std::deque<std::string> unquoted = {};
};

// Takes one field from `at` on; `at` then points after it.
std::string_view take_field(std::string_view text, std::size_t& at, char delimiter,
                            std::deque<std::string>& unquoted) {
  std::string* quoted = nullptr;
  if (at < text.size() && text[at] == '"') {
    quoted = &unquoted.emplace_back();
    for (++at; at < text.size(); ++at) {
      if (text[at] != '"') {
        *quoted += text[at];
      } else if (at + 1 < text.size() && text[at + 1] == '"') {
        *quoted += text[at++];
      } else {
        ++at;
        break;
      }
    }
  }
  const std::size_t begin = at;
  while (at < text.size() && text[at] != delimiter && text[at] != '\n') ++at;
  std::string_view field = text.substr(begin, at - begin);
  if (quoted != nullptr) field = quoted->append(field);
  const bool at_line_end = at == text.size() || text[at] == '\n';
  if (at_line_end && field.ends_with('\r')) field.remove_suffix(1);
  return field;
}

// The first records; skips empty lines. The text outlives them. After kDialectRecords it ends with
// kSampleFields.
Records split(std::string_view text, char delimiter, std::size_t most) {
  Records records;
  std::size_t at = 0;
  std::size_t fields = 1;  // of the record before
  std::size_t taken = 0;
  const auto enough = [&] {
    const std::size_t rows = records.rows.size();
    return rows >= most || (rows >= kDialectRecords && taken >= kSampleFields);
  };
  while (at < text.size() && !enough()) {
    std::vector<std::string_view> record;
    record.reserve(fields);
    while (true) {
      record.push_back(take_field(text, at, delimiter, records.unquoted));
      if (at >= text.size() || text[at] == '\n') break;
      ++at;
    }
    ++at;
    fields = record.size();
    taken += fields;
    if (fields > 1 || !trimmed(record[0]).empty()) records.rows.push_back(std::move(record));
  }
  return records;
}

// How well a delimiter fits: the most frequent number of fields, and the share of records with it.
struct Fit {
  double share = 0;
  std::size_t fields = 1;
};

Fit fit_of(const Records& records) {
  Fit best;
  const auto& rows = records.rows;
  for (const auto& one : rows) {
    const auto same = std::count_if(rows.begin(), rows.end(),
                                    [&](const auto& r) { return r.size() == one.size(); });
    const double share = static_cast<double>(same) / static_cast<double>(rows.size());
    if (share > best.share) best = {share, one.size()};
  }
  return best;
}

char find_delimiter(std::string_view head) {
  char best = ',';
  Fit best_fit;
  for (const char delimiter : {',', ';', '\t', '|'}) {
    const Records records = split(head, delimiter, kDialectRecords);
    if (records.rows.empty()) break;
    const Fit fit = fit_of(records);
    if (fit.fields < 2) continue;
    const bool better = fit.share > best_fit.share + 1e-9 ||
                        (fit.share > best_fit.share - 1e-9 && fit.fields > best_fit.fields);
    if (best_fit.fields < 2 || better) {
      best = delimiter;
      best_fit = fit;
    }
  }
  return best;
}

// Digits alone, few enough to be finite: what most fields of a wide table are, and no value is
// needed.
bool is_short_whole(std::string_view field) {
  constexpr std::size_t kMostDigits = 18;
  if (field.empty() || field.size() > kMostDigits) return false;
  for (const char c : field) {
    if (c < '0' || c > '9') return false;
  }
  return true;
}

bool is_number(std::string_view field, char decimal) {
  float value = 0;
  return is_short_whole(field) || parse_number(trimmed(field), decimal, value);
}

// Fields are too short for calls of memchr.
struct Marks {
  bool comma = false;
  bool point = false;
};

Marks marks_of(std::string_view field) {
  Marks marks;
  for (const char c : field) {
    marks.comma |= c == ',';
    marks.point |= c == '.';
  }
  return marks;
}

char find_decimal(const Records& records, char delimiter) {
  std::size_t commas = 0;
  std::size_t points = 0;
  for (const auto& record : records.rows) {
    for (const std::string_view field : record) {
      const Marks marks = marks_of(field);
      if (marks.comma && !marks.point && is_number(field, ',')) ++commas;
      if (marks.point && !marks.comma && is_number(field, '.')) ++points;
    }
  }
  // If commas separate fields, a decimal comma must be within quotes.
  return commas > points && (delimiter != ',' || points == 0) ? ',' : '.';
}

// True: the first line has no numbers, and a column below it has, or its texts do not recur below.
bool find_header(const Records& of, char decimal) {
  const auto& records = of.rows;
  const auto& first = records.front();
  std::set<std::string_view> names;
  for (const std::string_view field : first) {
    if (is_number(field, decimal)) return false;
    if (!trimmed(field).empty()) names.insert(field);
  }
  if (names.empty()) return false;
  for (std::size_t row = 1; row < records.size(); ++row) {
    for (std::size_t c = 0; c < std::min(first.size(), records[row].size()); ++c) {
      if (is_number(records[row][c], decimal)) return true;
    }
  }
  if (names.size() < first.size()) return false;
  for (std::size_t row = 1; row < records.size(); ++row) {
    for (std::size_t c = 0; c < std::min(first.size(), records[row].size()); ++c) {
      if (records[row][c] == first[c]) return false;
    }
  }
  return true;
}

// The numbers of the first line if they are ascending years that do not occur in the lines below.
std::string years_of(const Records& of, char decimal) {
  const auto& records = of.rows;
  constexpr float kFirst = 1800;
  constexpr float kLast = 2100;
  std::vector<std::string> years;
  float before = 0;
  for (std::size_t c = 0; c < records.front().size(); ++c) {
    float year = 0;
    if (!parse_number(trimmed(records.front()[c]), decimal, year)) continue;
    const bool next = years.empty() || year == before + 1;
    if (year < kFirst || year > kLast || year != std::floor(year) || !next) return {};
    before = year;
    years.emplace_back(trimmed(records.front()[c]));
    for (std::size_t row = 1; row < records.size(); ++row) {
      float value = 0;
      const bool has =
          c < records[row].size() && parse_number(trimmed(records[row][c]), decimal, value);
      if (has && value >= kFirst && value <= kLast) return {};
    }
  }
  return years.size() < 2 || records.size() < 2 ? "" : shown(years);
}

Result<std::vector<SampleColumn>> name_columns(const std::string& path,
                                               const std::vector<std::string_view>& first,
                                               bool header) {
  std::vector<SampleColumn> columns(first.size());
  std::unordered_map<std::string, std::size_t> places;
  for (std::size_t c = 0; c < first.size(); ++c) {
    const std::string_view name = header ? trimmed(first[c]) : std::string_view();
    columns[c].name = name.empty() ? fmt::format("column_{}", c) : std::string(name);
    const auto [other, is_new] = places.try_emplace(columns[c].name, c);
    if (is_new) continue;
    return csv_error(path, 1,
                     fmt::format("the header has two columns {}, {} and {}\n"
                                 "  each needs a name of its own; header = false takes the line "
                                 "for data",
                                 shown(columns[c].name), other->second, c));
  }
  return columns;
}

void count_kinds(const Records& records, std::size_t first, const Dialect& dialect,
                 const std::vector<std::string>& missing, std::vector<SampleColumn>& columns) {
  for (std::size_t row = first; row < records.rows.size(); ++row) {
    const auto& fields = records.rows[row];
    for (std::size_t c = 0; c < std::min(columns.size(), fields.size()); ++c) {
      const std::string_view field = trimmed(fields[c]);
      if (is_missing(field, missing)) {
        ++columns[c].missing;
      } else if (is_number(field, dialect.decimal)) {
        ++columns[c].numbers;
      } else {
        ++columns[c].texts;
      }
    }
  }
}

}  // namespace

Error csv_error(const std::string& path, std::size_t line, const std::string& what) {
  return data_error("{}:{}: {}", path, line, what);
}

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

bool parse_number(std::string_view text, char decimal, float& value) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-' && text[1] != '+') text.remove_prefix(1);
  if (text.empty()) return false;
  const fast_float::parse_options options(fast_float::chars_format::general, decimal);
  const auto [end, error] =
      fast_float::from_chars_advanced(text.data(), text.data() + text.size(), value, options);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(value);
}

bool is_missing(std::string_view text, const std::vector<std::string>& missing) {
  return std::any_of(missing.begin(), missing.end(), [&](const std::string& one) {
    if (text.size() != one.size()) return false;
    return text.empty() || (text.front() == one.front() && text == one);
  });
}

std::string shown(std::string_view text) {
  std::string line = "\"";
  for (const char c : text.substr(0, kMostShown)) {
    line += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
  }
  return line + (text.size() > kMostShown ? "…\"" : "\"");
}

std::string shown(const std::vector<std::string>& names) {
  std::string line;
  for (std::size_t i = 0; i < std::min(names.size(), kMostNames); ++i) {
    if (i > 0) line += ", ";
    line += shown(names[i]);
  }
  return names.size() > kMostNames ? line + fmt::format(", … ({} in all)", names.size()) : line;
}

Result<Sample> read_sample(const std::string& path, std::string_view head,
                           const TableConfig& config) {
  Sample sample;
  Dialect& dialect = sample.dialect;
  dialect.delimiter = config.delimiter == "auto"  ? find_delimiter(head)
                      : config.delimiter == "tab" ? '\t'
                                                  : config.delimiter[0];
  const Records records = split(head, dialect.delimiter, kSampleRecords);
  if (records.rows.empty()) return data_error("{}: no rows: the file holds only blank lines", path);
  dialect.decimal =
      config.decimal == "auto" ? find_decimal(records, dialect.delimiter) : config.decimal[0];
  dialect.header = config.header == Choice::automatic ? find_header(records, dialect.decimal)
                                                      : config.header == Choice::yes;
  if (config.header == Choice::automatic && !dialect.header) {
    dialect.years = years_of(records, dialect.decimal);
  }
  FORKNET_ASSIGN(sample.columns, name_columns(path, records.rows.front(), dialect.header));
  const std::size_t first = dialect.header ? 1 : 0;
  count_kinds(records, first, dialect, config.missing, sample.columns);
  return sample;
}

}  // namespace forknet::data::csv
