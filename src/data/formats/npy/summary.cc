#include "data/formats/npy/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <unordered_map>

namespace forknet::data {
namespace {

constexpr std::size_t kMostValues = 100;  // distinct values counted
constexpr std::size_t kMostColumns = 100'000;
constexpr std::size_t kShownRows = 3;
constexpr std::size_t kShownColumns = 8;
constexpr std::size_t kShownPlaces = 6;
constexpr std::uint64_t kPrime = 0x9E3779B185EBCA87;

std::uint64_t mixed(std::uint64_t hash, std::uint64_t bits) {
  hash = (hash ^ bits) * kPrime;
  return hash ^ (hash >> 29);
}

template <class Item, class Text>
std::string listed(const std::vector<Item>& items, const Text& text) {
  std::string list;
  for (std::size_t i = 0; i < std::min(items.size(), kShownPlaces); ++i) {
    list += (i == 0 ? "" : ", ") + text(items[i]);
  }
  return list + (items.size() > kShownPlaces ? ", ..." : "");
}

}  // namespace

ArraySummary::ArraySummary(std::size_t rows, std::size_t columns, bool count)
    : rows_(rows),
      columns_(columns),
      count_(count),
      of_columns_(columns <= kMostColumns ? columns : 0),
      first_(std::min(rows, kShownRows) * std::min(columns, kShownColumns)) {}

void ArraySummary::add(std::size_t row, std::size_t column, double number) {
  if (row < kShownRows && column < kShownColumns) {
    first_[row * std::min(columns_, kShownColumns) + column] = number;
  }
  if (!of_columns_.empty()) {
    Column& one = of_columns_[column];
    one.hash = mixed(one.hash, std::bit_cast<std::uint64_t>(number));
    // NaN and infinity make a column that varies.
    one.low =
        std::isnan(number) ? -std::numeric_limits<double>::infinity() : std::min(one.low, number);
    one.high = std::max(one.high, number);
  }
  if (!std::isfinite(number)) {
    ++(std::isnan(number) ? missing_ : infinite_);
    return;
  }
  ++finite_;
  low_ = std::min(low_, number);
  high_ = std::max(high_, number);
  sum_ += number;
  if (count_ && values_.size() <= kMostValues) ++values_[number];
}

std::vector<std::size_t> ArraySummary::constant_columns() const {
  std::vector<std::size_t> found;
  for (std::size_t c = 0; rows_ > 1 && c < of_columns_.size(); ++c) {
    if (of_columns_[c].low == of_columns_[c].high) found.push_back(c);
  }
  return found;
}

std::vector<std::pair<std::size_t, std::size_t>> ArraySummary::repeated_columns() const {
  std::vector<std::pair<std::size_t, std::size_t>> found;
  std::unordered_map<std::uint64_t, std::size_t> met;
  for (std::size_t c = 0; rows_ > 1 && c < of_columns_.size(); ++c) {
    if (of_columns_[c].low == of_columns_[c].high) continue;
    const auto [earlier, is_new] = met.try_emplace(of_columns_[c].hash, c);
    if (!is_new) found.emplace_back(c, earlier->second);
  }
  return found;
}

std::string ArraySummary::range_text() const {
  std::string text;
  if (finite_ > 0) {
    text = fmt::format("range    {} .. {}, mean {:.6g}\n", low_, high_,
                       sum_ / static_cast<double>(finite_));
  }
  if (missing_ + infinite_ > 0) {
    text += fmt::format("missing  {} numbers are NaN, {} infinite: no model can train on them\n",
                        missing_, infinite_);
  }
  return text;
}

std::string ArraySummary::values_text() const {
  if (values_.empty()) return {};
  if (values_.size() > kMostValues) {
    return fmt::format("values   more than {} different ones\n", kMostValues);
  }
  std::string text = fmt::format("values   {} different ones\n", values_.size());
  for (const auto& [value, count] : values_) {
    text += fmt::format("  {:>5}  {:>8}  {:5.1f} %\n", value, count,
                        100.0 * static_cast<double>(count) / static_cast<double>(finite_));
  }
  return text;
}

std::string ArraySummary::columns_text() const {
  std::string text;
  if (const auto constant = constant_columns(); !constant.empty()) {
    text += fmt::format("constant {} of {} columns: {}\n", constant.size(), columns_,
                        listed(constant, [](std::size_t c) { return std::to_string(c); }));
  }
  if (const auto repeated = repeated_columns(); !repeated.empty()) {
    text += fmt::format("repeated {} columns: {}\n", repeated.size(),
                        listed(repeated, [](const auto& pair) {
                          return fmt::format("{} as {}", pair.first, pair.second);
                        }));
  }
  return text;
}

std::string ArraySummary::first_text() const {
  const std::size_t columns = std::min(columns_, kShownColumns);
  std::string text;
  for (std::size_t row = 0; row < std::min(rows_, kShownRows); ++row) {
    text += row == 0 ? "first   " : "        ";
    for (std::size_t column = 0; column < columns; ++column) {
      text += fmt::format(" {:.6g}", first_[row * columns + column]);
    }
    text += columns < columns_ ? " ...\n" : "\n";
  }
  return text;
}

std::string ArraySummary::text() const {
  return range_text() + values_text() + columns_text() + first_text();
}

std::string ArraySummary::json() const {
  std::string text = fmt::format("\"missing\":{},\"infinite\":{}", missing_, infinite_);
  if (finite_ > 0) {
    text += fmt::format(",\"min\":{},\"max\":{},\"mean\":{}", low_, high_,
                        sum_ / static_cast<double>(finite_));
  }
  if (!values_.empty() && values_.size() <= kMostValues) {
    std::string list;
    for (const auto& [value, count] : values_) {
      list += fmt::format("{}[{},{}]", list.empty() ? "" : ",", value, count);
    }
    text += ",\"values\":[" + list + "]";
  }
  const std::vector<std::size_t> constant = constant_columns();
  return text + fmt::format(",\"constant_columns\":[{}],\"repeated_columns\":{}",
                            fmt::join(constant, ","), repeated_columns().size());
}

}  // namespace forknet::data
