#include "settings/table_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <utility>

#include "base/try.h"
#include "data/formats/csv/inspect.h"
#include "data/formats/csv/profile.h"
#include "settings/problem.h"
#include "settings/table_plan.h"
#include "settings/write.h"

namespace forknet::run {
namespace {

using data::csv::ColumnProfile;
using data::csv::Profile;

constexpr std::size_t kMostListed = 60;    // columns in the comments
constexpr std::size_t kMostClasses = 100;  // of whole numbers that count as classes

// "3" is a position unless a column has that name.
std::vector<ColumnName> target_of(const std::string& given, bool is_place) {
  std::int64_t place = 0;
  const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), place);
  if (is_place && error == std::errc() && end == given.data() + given.size()) return {place};
  return {given};
}

Result<Profile> look_at(const TableTemplateOptions& options) {
  TableConfig config;
  if (!options.target) return data::csv::profile(options.data, config, options.reading);
  config.target = target_of(*options.target, false);
  auto by_name = data::csv::profile(options.data, config, options.reading);
  if (by_name.ok()) return by_name;
  config.target = target_of(*options.target, true);
  if (std::holds_alternative<std::string>(config.target[0])) return by_name.error();
  return data::csv::profile(options.data, config, options.reading);
}

struct FoundTask {
  bool classes = false;
  std::string why;
};

FoundTask task_of(const ColumnProfile& target, Task given) {
  if (given != Task::automatic) return {given == Task::classify, "as --task says"};
  if (target.text) return {true, "because its values are texts"};
  const auto span = static_cast<double>(target.high) - static_cast<double>(target.low) + 1;
  const bool counted = target.whole && (target.low == 0 || target.low == 1) &&
                       target.distinct >= 2 && target.distinct <= kMostClasses &&
                       span == static_cast<double>(target.distinct);
  if (counted) {
    return {true, fmt::format("because its values are exactly the whole numbers {} to {}",
                              target.low, target.high)};
  }
  return {false, "because its values are numbers, and not exactly 0 to k - 1 or 1 to k"};
}

Status check_target(const Profile& profile, const ColumnProfile& target, bool classes) {
  const std::string place = fmt::format("{}: the target {}", profile.path, in_quotes(target.name));
  if (target.distinct < 2) {
    return Error{
        ErrorKind::data,
        place + (target.distinct == 0 ? " has no value in any row" : " is the same in every row") +
            ": there is nothing to learn\n"
            "  --target names another column"};
  }
  const auto usable = std::count_if(profile.columns.begin(), profile.columns.end(),
                                    [](const auto& column) { return column.useless.empty(); });
  if (usable - (target.useless.empty() ? 1 : 0) < 1) {
    return Error{ErrorKind::data,
                 place + " is the only usable column\n  add columns to predict it from"};
  }
  if (classes && target.text && target.distinct == target.rows && target.rows > 2) {
    return Error{
        ErrorKind::data,
        place +
            " has a different text in every row; classes repeat\n  --target names another column"};
  }
  if (!classes && target.text) {
    return Error{
        ErrorKind::data,
        place + " is text, which a regression cannot learn\n  --task classify learns classes"};
  }
  return {};
}

// A column as a config names it: by its position if it has no name, or none that TOML can hold.
std::string column_toml(const Profile& profile, std::size_t place) {
  const std::string& name = profile.columns[place].name;
  const bool writable = printable(name, name.size() + 1) == name;
  return profile.dialect.header && writable ? toml_text_of(name) : std::to_string(place);
}

std::string drop_text(const Profile& profile, std::size_t target) {
  std::string list;
  for (std::size_t c = 0; c < profile.columns.size(); ++c) {
    if (c == target || profile.columns[c].useless.empty()) continue;
    if (!list.empty()) list += ", ";
    list += column_toml(profile, c);
  }
  return "[" + list + "]";
}

std::vector<Setting> settings_for(const Profile& profile, std::size_t place, bool classes) {
  const std::string stem = std::filesystem::path(profile.path).stem().stem().string();
  std::string name;
  for (const char c : stem.substr(0, 60)) {
    name += static_cast<unsigned char>(c) > 0x20 && c != '/' && c != 0x7F ? c : '-';
  }
  if (name.empty() || name.front() == '.' || name.front() == '-' || name == "latest")
    name = "table";
  const char delimiter = profile.dialect.delimiter;
  std::vector<Setting> given = {
      {"run.name", toml_text_of(name), ""},
      {"data.format", "\"csv\"", ""},
      {"data.train", "{ inputs = " + toml_text_of(profile.path) + " }", ""},
      {"data.test", "0.2", ""},
      {"data.target", "[" + column_toml(profile, place) + "]", ""},
      {"data.task", classes ? "\"classify\"" : "\"regress\"", ""},
      {"data.delimiter", delimiter == '\t' ? "\"tab\"" : toml_text_of(std::string(1, delimiter)),
       ""},
      {"data.header", profile.dialect.header ? "true" : "false", ""},
      {"data.decimal", toml_text_of(std::string(1, profile.dialect.decimal)), ""},
      {"data.drop", drop_text(profile, place), ""},
  };
  for (Setting& setting : planned_settings(profile, place, classes)) {
    given.push_back(std::move(setting));
  }
  return given;
}

// By its name alone; it may also be the weight of a thing.
bool may_be_weights(const ColumnProfile& column) {
  std::string name = column.name;
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const bool called =
      name == "weight" || name == "weights" || name == "sample_weight" || name == "sample_weights";
  return called && !column.text && column.missing == 0 && column.low >= 0;
}

std::string columns_text(const Profile& profile, std::size_t target) {
  std::string text;
  for (std::size_t c = 0; c < std::min(kMostListed, profile.columns.size()); ++c) {
    const ColumnProfile& column = profile.columns[c];
    text += fmt::format("\n  {:>3} {}: {}", c, printable(column.name, 40),
                        data::csv::column_text(column));
    if (c == target) {
      text += "; the target";
    } else if (!column.useless.empty()) {
      text += ", so it is dropped";
    } else if (may_be_weights(column)) {
      text += fmt::format(
          "; used as an input\n      (if it is the weight of the row: data.weight = {})",
          column_toml(profile, c));
    }
  }
  if (profile.columns.size() > kMostListed) {
    text += fmt::format("\n  ... and {} more", profile.columns.size() - kMostListed);
  }
  return text;
}

std::string header_text(const Profile& profile, std::size_t place, const FoundTask& task) {
  const std::string name = printable(profile.columns[place].name, 40);
  return fmt::format(
             "{}: {} rows of {} columns, fields separated by {}s (data.delimiter), decimal {}\n"
             "(data.decimal), {} (data.header).\n"
             "The target is {} ({}). To change it: forknet init csv --target, or data.target "
             "below\nand as many units in the last layer as it has classes.\n"
             "It is learned as {}, {}; to change that: --task {}.\n"
             "Columns (data.drop ignores columns, data.categorical treats numbers as categories):",
             printable(profile.path), profile.rows, profile.columns.size(),
             data::csv::delimiter_text(profile.dialect.delimiter),
             profile.dialect.decimal == ',' ? "comma" : "point",
             profile.dialect.header ? "names in the first line" : "no names in the first line",
             name, profile.target.why, task.classes ? "classes" : "numbers", task.why,
             task.classes ? "regress" : "classify") +
         columns_text(profile, place);
}

}  // namespace

Result<std::string> table_template(const TableTemplateOptions& options) {
  FORKNET_ASSIGN(const Profile profile, look_at(options));
  const std::size_t place = profile.target.places[0];
  const ColumnProfile& target = profile.columns[place];
  const FoundTask task = task_of(target, options.task);
  FORKNET_TRY(check_target(profile, target, task.classes));
  const std::string header = header_text(profile, place, task);
  return template_text({"csv", "", header, settings_for(profile, place, task.classes)});
}

}  // namespace forknet::run
