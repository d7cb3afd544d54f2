#include "data/formats/csv/inspect.h"

#include <algorithm>
#include <cmath>

#include "base/try.h"
#include "data/error.h"
#include "data/json_text.h"

namespace forknet::data::csv {
namespace {

std::string json_column(const ColumnProfile& column) {
  std::string text = fmt::format("{{\"name\":{},\"kind\":\"{}\",\"missing\":{},\"distinct\":{}",
                                 json_text(column.name), column.text ? "text" : "number",
                                 column.missing, column.distinct);
  if (!column.text && column.missing < column.rows) {
    text += fmt::format(",\"low\":{},\"high\":{},\"mean\":{},\"whole\":{}", column.low, column.high,
                        column.mean, column.whole);
  }
  text += ",\"common\":[";
  for (std::size_t i = 0; i < column.common.size(); ++i) {
    text += fmt::format("{}[{},{}]", i == 0 ? "" : ",", json_text(column.common[i].first),
                        column.common[i].second);
  }
  text += "]";
  if (!column.useless.empty()) text += ",\"useless\":" + json_text(column.useless);
  return text + "}";
}

std::string json(const Profile& profile) {
  std::string text = fmt::format(
      "{{\"file\":{},\"format\":\"csv\",\"rows\":{},\"delimiter\":{},\"decimal\":{},\"header\":{},"
      "\"columns\":[",
      json_text(profile.path), profile.rows, json_text({&profile.dialect.delimiter, 1}),
      json_text({&profile.dialect.decimal, 1}), profile.dialect.header);
  for (std::size_t c = 0; c < profile.columns.size(); ++c) {
    if (c > 0) text += ',';
    text += json_column(profile.columns[c]);
  }
  text += "],\"equal\":[";
  for (std::size_t i = 0; i < profile.equal.size(); ++i) {
    text += fmt::format("{}[{},{}]", i == 0 ? "" : ",", profile.equal[i].first,
                        profile.equal[i].second);
  }
  text += "],\"first_rows\":[";
  for (std::size_t r = 0; r < profile.first_rows.size(); ++r) {
    text += r == 0 ? "[" : ",[";
    for (std::size_t c = 0; c < profile.first_rows[r].size(); ++c) {
      if (c > 0) text += ',';
      text += json_text(profile.first_rows[r][c]);
    }
    text += "]";
  }
  return text + "]}\n";
}

std::string common_text(const ColumnProfile& column) {
  std::string text;
  for (const auto& [value, count] : column.common) {
    text += fmt::format("{}{} {:.1f} %", text.empty() ? "" : ", ", shown(value),
                        100.0 * static_cast<double>(count) / static_cast<double>(column.rows));
  }
  return text;
}

std::string lines(const Profile& profile) {
  std::string text = fmt::format("{}\n", profile.path);
  text += fmt::format("format   CSV, cut at {}s, decimal {}, {}\n",
                      delimiter_text(profile.dialect.delimiter),
                      profile.dialect.decimal == ',' ? "comma" : "point",
                      profile.dialect.header ? "with a header" : "without a header");
  if (!profile.dialect.years.empty()) {
    text +=
        fmt::format("         the first line ({}) looks like a header of years: header = true\n",
                    profile.dialect.years);
  }
  text += fmt::format("shape    {} rows of {} columns\n", profile.rows, profile.columns.size());
  for (std::size_t c = 0; c < profile.columns.size(); ++c) {
    const ColumnProfile& column = profile.columns[c];
    text += fmt::format("column {:<3} {}: {}\n", c, shown(column.name), column_text(column));
    const bool few = column.text || column.distinct <= 20;
    if (few && !column.common.empty()) text += fmt::format("           {}\n", common_text(column));
  }
  for (const auto& [first, second] : profile.equal) {
    text += fmt::format("columns {} and {} hold the same\n", first, second);
  }
  text += "first rows\n";
  for (const auto& row : profile.first_rows) {
    std::string line;
    for (const std::string& field : row) {
      if (line.size() > 100) {
        line += ", …";
        break;
      }
      line += line.empty() ? "  " : ", ";
      line += field.empty() ? "-" : field;
    }
    text += line + "\n";
  }
  return text;
}

}  // namespace

std::string delimiter_text(char delimiter) {
  switch (delimiter) {
    case ',':
      return "comma";
    case ';':
      return "semicolon";
    case '\t':
      return "tab";
    case '|':
      return "bar";
    default:
      return shown({&delimiter, 1});
  }
}

std::string column_text(const ColumnProfile& column) {
  std::string text;
  if (column.missing == column.rows) return "no values";
  if (column.text) {
    text = fmt::format("texts, {} different", column.distinct);
  } else {
    text = fmt::format("{} {:.6g} to {:.6g}, mean {:.4g}, {} different",
                       column.whole ? "whole numbers" : "numbers", column.low, column.high,
                       column.mean,
                       column.distinct > kMostDistinct ? fmt::format("more than {}", kMostDistinct)
                                                       : fmt::format("{}", column.distinct));
  }
  if (column.missing > 0) {
    text += fmt::format(", {:.1f} % missing", 100.0 * static_cast<double>(column.missing) /
                                                  static_cast<double>(column.rows));
  }
  return column.useless.empty() ? text : text + "; " + column.useless;
}

Result<std::string> inspect(const InspectRequest& request) {
  FORKNET_ASSIGN(const Profile made, profile(request.path, TableConfig{}, request.reading));
  return request.json ? json(made) : lines(made);
}

}  // namespace forknet::data::csv
