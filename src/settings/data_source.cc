#include "settings/data_source.h"

#include <cmath>
#include <string>

#include "base/nearest.h"
#include "settings/allowed.h"

namespace forknet::run {
namespace {

constexpr std::string_view kExample =
    "such as { inputs = \"images.gz\", labels = \"labels.gz\" } or { inputs = [[0, 1]], labels = "
    "[1] }";

using MaybeProblem = std::optional<Problem>;

MaybeProblem check_row(const std::string& name, const Value& row) {
  const List* numbers = row.as<List>();
  if (numbers == nullptr || numbers->empty()) {
    return Problem{name + ": expected rows, each a list of numbers: [[0, 1], [1, 0]]", "",
                   row.place};
  }
  for (const Value& number : *numbers) {
    if (!number.is_number() || !std::isfinite(number.number())) {
      return Problem{name + ": " + printable(to_toml(number)) + " is not a finite number", "",
                     number.place};
    }
  }
  return std::nullopt;
}

MaybeProblem check_rows(const std::string& name, const Value& value) {
  const List* rows = value.as<List>();
  if (rows == nullptr || rows->empty()) {
    return Problem{name + " is " + std::string(rows ? "empty" : describe_type(value)) +
                       "; expected rows of numbers",
                   std::string(kExample), value.place};
  }
  for (const Value& row : *rows) {
    if (auto problem = check_row(name, row)) return problem;
    const std::size_t width = row.as<List>()->size();
    const std::size_t expected = rows->front().as<List>()->size();
    if (width != expected) {
      return Problem{name + ": a row of " + std::to_string(width) + " numbers; the first row has " +
                         std::to_string(expected),
                     "", row.place};
    }
  }
  return std::nullopt;
}

MaybeProblem check_labels(const std::string& name, const Value& value) {
  const List* labels = value.as<List>();
  if (labels == nullptr || labels->empty()) {
    return Problem{name + " is " + std::string(labels ? "empty" : describe_type(value)) +
                       "; expected a list of class numbers",
                   "inputs given as rows have labels such as [0, 1, 1, 0]", value.place};
  }
  for (const Value& label : *labels) {
    if (auto problem = check(wholes(0), name, label)) return problem;
  }
  return std::nullopt;
}

// Whether they need labels depends on the format (rules.h).
MaybeProblem check_files(const std::string& name, const Table& table) {
  if (const Entry* targets = find(table, "targets")) {
    return Problem{name + ".targets: inputs from a file have labels", "", targets->place};
  }
  for (const Entry& entry : table) {
    const std::string* path = entry.value.as<std::string>();
    const std::string entry_name = name + "." + entry.key;
    if (path == nullptr) return check(texts(), entry_name, entry.value);
    if (path->empty() || path->find('\0') != std::string::npos) {
      return Problem{entry_name + " = " + in_quotes(*path) + " is not a file name", "",
                     entry.value.place};
    }
  }
  return std::nullopt;
}

MaybeProblem check_arrays(const std::string& name, const Table& table, const Value& value) {
  const Entry* labels = find(table, "labels");
  const Entry* targets = find(table, "targets");
  if ((labels == nullptr) == (targets == nullptr)) {
    return Problem{
        name + (labels ? " has both labels and targets" : " has neither labels nor targets"),
        "labels = [0, 1] are classes; targets = [[0.5], [1.5]] are rows of numbers", value.place};
  }
  const Entry& inputs = *find(table, "inputs");
  if (auto problem = check_rows(name + ".inputs", inputs.value)) return problem;
  auto problem = labels ? check_labels(name + ".labels", labels->value)
                        : check_rows(name + ".targets", targets->value);
  if (problem) return problem;
  const Entry& answers = labels ? *labels : *targets;
  const std::size_t rows = inputs.value.as<List>()->size();
  const std::size_t count = answers.value.as<List>()->size();
  if (rows == count) return std::nullopt;
  return Problem{name + ": " + std::to_string(rows) + " inputs and " + std::to_string(count) + " " +
                     answers.key,
                 "every input needs one", answers.value.place};
}

std::vector<std::vector<double>> rows_of(const List& list) {
  std::vector<std::vector<double>> rows;
  for (const Value& row : list) {
    auto& numbers = rows.emplace_back();
    if (const List* items = row.as<List>()) {
      for (const Value& number : *items) numbers.push_back(number.number());
    } else {
      numbers.push_back(row.number());
    }
  }
  return rows;
}

Value list_of(const std::vector<std::vector<double>>& rows) {
  List list;
  for (const auto& row : rows) {
    List numbers;
    for (const double number : row) {
      // From 2^53 on a double may differ from the whole number in the file; fractions stay
      // fractions.
      const bool whole = number == std::trunc(number) && std::abs(number) < 9007199254740992.0 &&
                         !(number == 0.0 && std::signbit(number));
      numbers.push_back(whole ? Value{static_cast<std::int64_t>(number), {}} : Value{number, {}});
    }
    list.push_back({std::move(numbers), {}});
  }
  return {std::move(list), {}};
}

}  // namespace

std::optional<Problem> check_source(std::string_view name_view, const Value& value, bool share) {
  const std::string name(name_view);
  if (share && value.is_number()) return check(fractions({0.0, false, 1.0}), name, value);
  const Table* table = value.as<Table>();
  if (table == nullptr) {
    return Problem{name + " = " + printable(to_toml(value)) + ": expected a table" +
                       (share ? " or a share of train such as 0.2" : ""),
                   std::string(kExample), value.place};
  }
  for (const Entry& entry : *table) {
    if (entry.key != "inputs" && entry.key != "labels" && entry.key != "targets") {
      return Problem{"unknown key " + in_quotes(entry.key) + " in " + name,
                     did_you_mean(entry.key, {"inputs", "labels", "targets"}), entry.place};
    }
  }
  const Entry* inputs = find(*table, "inputs");
  if (inputs == nullptr)
    return Problem{name + " has no inputs", std::string(kExample), value.place};
  return inputs->value.is<std::string>() ? check_files(name, *table)
                                         : check_arrays(name, *table, value);
}

void assign(DataSource& source, const Value& value) {
  source = {};
  const Table* table = value.as<Table>();
  if (table == nullptr) {
    source.share = value.number();
    return;
  }
  const Entry& inputs = *find(*table, "inputs");
  const Entry* labels = find(*table, "labels");
  if (const auto* path = inputs.value.as<std::string>()) {
    source.inputs = *path;
    if (labels != nullptr) source.labels = *labels->value.as<std::string>();
    return;
  }
  const Entry& answers = labels ? *labels : *find(*table, "targets");
  source.input_rows = rows_of(*inputs.value.as<List>());
  source.target_rows = rows_of(*answers.value.as<List>());
}

Value read(const DataSource& source) {
  Table table;
  if (!source.input_rows.empty()) {
    table.push_back({"inputs", {}, list_of(source.input_rows)});
    table.push_back({"targets", {}, list_of(source.target_rows)});
  } else if (!source.inputs.empty() || !source.labels.empty()) {
    table.push_back({"inputs", {}, {source.inputs, {}}});
    if (!source.labels.empty()) table.push_back({"labels", {}, {source.labels, {}}});
  } else {
    return {source.share, {}};
  }
  return {std::move(table), {}};
}

}  // namespace forknet::run
