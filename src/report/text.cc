#include "report/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/printable.h"

namespace forknet::report {
namespace {

bool is_number(const std::string& cell) {
  return !cell.empty() && (cell[0] == '-' || (cell[0] >= '0' && cell[0] <= '9'));
}

// A column is right-aligned when all of its cells are numbers.
std::vector<bool> number_columns(std::size_t columns,
                                 const std::vector<std::vector<std::string>>& rows) {
  std::vector<bool> numbers(columns, !rows.empty());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < columns; ++i) {
      if (!row[i].empty() && row[i] != "-" && !is_number(row[i])) numbers[i] = false;
    }
  }
  return numbers;
}

void add_row(const std::vector<std::string>& row, const std::vector<std::size_t>& widths,
             const std::vector<bool>& numbers, std::string& text) {
  std::string line;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i > 0) line += "  ";
    line += numbers[i] ? fmt::format("{:>{}}", row[i], widths[i])
                       : fmt::format("{:<{}}", row[i], widths[i]);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  text += line + "\n";
}

}  // namespace

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) {
    at -= 3;
    text.insert(at, ",");
  }
  return text;
}

std::string percent(double share) { return figure(share * 100, 2) + " %"; }

std::string figure(double value, int digits) {
  return std::isnan(value) ? "nan" : fmt::format("{:.{}f}", value, digits);
}

std::string grouped_rate(double per_second) {
  constexpr double kMost = 1e18;  // a larger rate is not a measurement
  return per_second >= 0 && per_second < kMost ? grouped(static_cast<std::uint64_t>(per_second))
                                               : "?";
}

std::string duration(double seconds) {
  constexpr double kLongest = 1e12;  // a longer time is not a measurement
  if (!(seconds >= 0 && seconds < kLongest)) return "?";
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::uint64_t>(std::llround(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string bytes(std::uint64_t count) {
  if (count < 1024) return fmt::format("{} B", count);
  double value = static_cast<double>(count) / 1024;
  const char* const units[] = {"KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(units)) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, units[unit]);
}

std::string table(const std::vector<std::string>& header,
                  const std::vector<std::vector<std::string>>& given) {
  constexpr std::size_t kLongest = 200;
  auto rows = given;
  for (auto& row : rows) {
    for (std::string& cell : row) cell = printable(cell, kLongest);
  }
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < header.size(); ++i) {
    std::size_t width = header[i].size();
    for (const auto& row : rows) width = std::max(width, row[i].size());
    widths.push_back(width);
  }
  const auto numbers = number_columns(header.size(), rows);
  std::string text;
  add_row(header, widths, numbers, text);
  for (const auto& row : rows) add_row(row, widths, numbers, text);
  return text;
}

}  // namespace forknet::report
