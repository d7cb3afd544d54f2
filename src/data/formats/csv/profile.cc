#include "data/formats/csv/profile.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/digest.h"
#include "base/try.h"
#include "data/error.h"
#include "data/formats/csv/text_blocks.h"

namespace forknet::data::csv {
namespace {

constexpr std::size_t kFirstRows = 5;
constexpr std::size_t kCommon = 5;
constexpr double kNearlyAll = 0.9;  // share of rows with a text of their own
constexpr std::size_t kFewRows = 20;

template <class Take>
void for_column(const RawTable& raw, std::size_t column, const Take& take) {
  const std::size_t columns = raw.inputs.size();
  for (const RawBlock& block : raw.blocks) {
    for (std::size_t r = 0; r < block.rows; ++r) {
      const std::size_t at = r * columns + column;
      take(block.value(at));
    }
  }
}

std::string value_text(const RawColumn& column, float value) {
  return column.text ? column.texts[static_cast<std::size_t>(value)] : fmt::format("{}", value);
}

std::vector<std::pair<std::string, std::size_t>> most_common(
    const RawColumn& column, const std::map<float, std::size_t>& counts) {
  std::vector<std::pair<float, std::size_t>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<std::pair<std::string, std::size_t>> common;
  for (std::size_t i = 0; i < std::min(kCommon, sorted.size()); ++i) {
    common.emplace_back(value_text(column, sorted[i].first), sorted[i].second);
  }
  return common;
}

std::string why_useless(const ColumnProfile& column, bool counts) {
  if (column.missing == column.rows) return "it has no values";
  if (column.distinct == 1 && column.missing == 0) return "it is the same in every row";
  if (counts && column.rows >= kFewRows) return "it counts the rows";
  const auto known = static_cast<double>(column.rows - column.missing);
  const bool names = column.text && column.rows >= kFewRows &&
                     static_cast<double>(column.distinct) > kNearlyAll * known;
  return names ? "almost every row has a text of its own" : "";
}

ColumnProfile profile_column(const RawTable& raw, std::size_t index) {
  const RawColumn& from = raw.inputs[index];
  ColumnProfile column;
  column.name = from.name;
  column.text = from.text;
  column.rows = raw.rows;
  column.whole = !from.text;
  column.low = std::numeric_limits<float>::max();
  column.high = std::numeric_limits<float>::lowest();
  std::map<float, std::size_t> counts;
  double sum = 0;
  bool steps = !from.text;  // each value is one more than the previous one
  float before = std::numeric_limits<float>::quiet_NaN();
  for_column(raw, index, [&](float value) {
    if (std::isnan(value)) {
      ++column.missing;
      steps = false;
      return;
    }
    if (counts.size() <= kMostDistinct || from.text) ++counts[value];
    sum += double{value};
    column.low = std::min(column.low, value);
    column.high = std::max(column.high, value);
    column.whole = column.whole && value == std::floor(value);
    steps = steps && (std::isnan(before) || value == before + 1);
    before = value;
  });
  column.distinct = counts.size();
  column.mean = sum / static_cast<double>(std::max<std::size_t>(1, raw.rows - column.missing));
  column.common = most_common(from, counts);
  column.useless = why_useless(column, steps);
  return column;
}

std::vector<std::vector<std::string>> first_rows(const RawTable& raw) {
  std::vector<std::vector<std::string>> rows(std::min(kFirstRows, raw.rows));
  for (std::size_t c = 0; c < raw.inputs.size(); ++c) {
    std::size_t row = 0;
    for_column(raw, c, [&](float value) {
      if (row >= rows.size()) return;
      rows[row++].push_back(std::isnan(value) ? "" : value_text(raw.inputs[c], value));
    });
  }
  return rows;
}

// Compared by the digest of their values.
std::vector<std::pair<std::size_t, std::size_t>> equal_columns(const RawTable& raw) {
  std::map<std::string, std::size_t> seen;
  std::vector<std::pair<std::size_t, std::size_t>> equal;
  for (std::size_t c = 0; c < raw.inputs.size(); ++c) {
    if (raw.inputs[c].text) continue;
    std::vector<float> values;
    values.reserve(raw.rows);
    for_column(raw, c, [&](float value) { values.push_back(value); });
    Digest digest;
    digest.update(std::as_bytes(std::span(values)));
    const auto [at, fresh] = seen.emplace(digest.hex(), c);
    if (!fresh) equal.emplace_back(at->second, c);
  }
  return equal;
}

}  // namespace

Result<Profile> profile(const std::string& path, const TableConfig& config,
                        const Reading& reading) {
  Profile made;
  made.path = path;
  {
    FORKNET_ASSIGN(TextBlocks blocks, TextBlocks::open(path));
    FORKNET_ASSIGN(const Sample sample, read_sample(path, blocks.head(), config));
    FORKNET_ASSIGN(made.target, find_target(path, sample, config));
  }
  FORKNET_ASSIGN(const RawTable raw, read_all_columns(path, config, reading));
  made.dialect = raw.dialect;
  made.rows = raw.rows;
  for (std::size_t c = 0; c < raw.inputs.size(); ++c) {
    made.columns.push_back(profile_column(raw, c));
  }
  made.first_rows = first_rows(raw);
  made.equal = equal_columns(raw);
  return made;
}

}  // namespace forknet::data::csv
