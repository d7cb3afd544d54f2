#include "data/formats/csv/targets.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/try.h"
#include "data/error.h"

namespace forknet::data::csv {
namespace {

constexpr std::size_t kMostCounted = 100;  // the most integers taken as classes
constexpr std::size_t kMostClasses = 10000;

// The class names, in the order of their labels.
struct NamedClasses {
  std::vector<std::string> names;
  std::map<float, std::uint32_t> labels;  // by the value in the raw table
};

// Texts are sorted by bytes. Texts of rows that were left out are not classes.
NamedClasses classes_of_texts(const std::vector<std::string>& texts,
                              const std::vector<float>& values) {
  std::vector<bool> met(texts.size(), false);
  for (const float value : values) met[static_cast<std::size_t>(value)] = true;
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (met[i]) order.push_back(i);
  }
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return texts[a] < texts[b]; });
  NamedClasses named;
  for (const std::size_t place : order) {
    named.labels[static_cast<float>(place)] = static_cast<std::uint32_t>(named.names.size());
    named.names.push_back(texts[place]);
  }
  return named;
}

// Numbers are ascending; at most kMostClasses + 1 are counted.
NamedClasses classes_of_numbers(const std::vector<float>& values) {
  NamedClasses named;
  for (const float value : values) {
    named.labels.emplace(value, 0);
    if (named.labels.size() > kMostClasses) break;
  }
  for (auto& [value, label] : named.labels) {
    label = static_cast<std::uint32_t>(named.names.size());
    named.names.push_back(fmt::format("{}", value));
  }
  return named;
}

// True: the values are exactly 0 .. k-1 or 1 .. k.
bool counts_classes(const NamedClasses& named) {
  const std::size_t count = named.labels.size();
  if (count < 2 || count > kMostCounted) return false;
  const float first = named.labels.begin()->first;
  if (first != 0.0F && first != 1.0F) return false;
  return named.labels.rbegin()->first == first + static_cast<float>(count - 1);
}

std::vector<std::uint32_t> labels_of(const RawTable& raw, const NamedClasses& named) {
  std::vector<std::uint32_t> labels;
  labels.reserve(raw.rows);
  for (const float value : raw.target_values) labels.push_back(named.labels.at(value));
  return labels;
}

Status check_classes(const RawTable& raw, const NamedClasses& named) {
  const std::string name = shown(raw.targets[0].name);
  if (named.names.size() < 2) {
    return data_error("{}: the target {} is {} in every row: there is nothing to learn", raw.path,
                      name, shown(named.names[0]));
  }
  if (named.names.size() > kMostClasses) {
    return data_error(
        "{}: the target {} has more than {} values; as classes those are too many\n"
        "  numbers to be predicted as such: data.task = \"regress\"",
        raw.path, name, kMostClasses);
  }
  if (raw.targets[0].text && named.names.size() == raw.rows && raw.rows > 2) {
    return data_error(
        "{}: the target {} is another text in each of the {} rows; classes come again\n"
        "  data.target names the column to predict",
        raw.path, name, raw.rows);
  }
  return {};
}

// Targets that are numbers.
Result<Targets> numbers(const RawTable& raw, std::string why) {
  const std::size_t count = raw.targets.size();
  for (std::size_t t = 0; t < count; ++t) {
    if (raw.targets[t].text) {
      return data_error(
          "{}: the target {} is texts, which a regression cannot learn\n"
          "  data.task = \"classify\" learns classes (one target)",
          raw.path, shown(raw.targets[t].name));
    }
    const float first = raw.target_values[t];
    bool constant = true;
    for (std::size_t row = 0; row < raw.rows; ++row) {
      constant = constant && raw.target_values[row * count + t] == first;
    }
    if (constant) {
      return data_error("{}: the target {} is {} in every row: there is nothing to learn", raw.path,
                        shown(raw.targets[t].name), first);
    }
  }
  return Targets{{}, {}, std::move(why)};
}

}  // namespace

Result<Targets> decide_targets(const RawTable& raw, Task task) {
  if (raw.targets.size() > 1) {
    if (task == Task::classify) {
      return Error{ErrorKind::config,
                   "data.target names several columns; classes come from one (data.task)"};
    }
    return numbers(raw, "several targets");
  }
  const RawColumn& target = raw.targets[0];
  if (task == Task::regress) return numbers(raw, "data.task");
  const NamedClasses named = target.text ? classes_of_texts(target.texts, raw.target_values)
                                         : classes_of_numbers(raw.target_values);
  const bool counted = !target.text && counts_classes(named);
  if (task == Task::automatic && !target.text && !counted) {
    return numbers(raw, "its numbers are not exactly 0 to k - 1 or 1 to k");
  }
  FORKNET_TRY(check_classes(raw, named));
  return Targets{named.names, labels_of(raw, named),
                 task == Task::classify ? "data.task"
                 : target.text          ? "its values are texts"
                               : "its values are exactly the whole numbers " + named.names.front() +
                                     " to " + named.names.back()};
}

Result<std::vector<std::uint32_t>> labels_by(const RawTable& raw, const Preparation& preparation) {
  std::map<std::string, std::uint32_t, std::less<>> known;
  for (const std::string& name : preparation.classes) {
    known.emplace(name, static_cast<std::uint32_t>(known.size()));
  }
  const RawColumn& target = raw.targets[0];
  std::map<float, std::uint32_t> labels;
  std::size_t unknown = 0;
  std::string example;
  std::vector<std::uint32_t> found;
  found.reserve(raw.rows);
  for (const float value : raw.target_values) {
    auto label = labels.find(value);
    if (label == labels.end()) {
      const std::string name =
          target.text ? target.texts[static_cast<std::size_t>(value)] : fmt::format("{}", value);
      const auto one = known.find(name);
      if (one == known.end()) {
        if (unknown++ == 0) example = name;
        continue;
      }
      label = labels.emplace(value, one->second).first;
    }
    found.push_back(label->second);
  }
  if (unknown == 0) return found;
  return data_error(
      "{}: {} rows have a class that the model does not know, such as {} in column {}\n"
      "  it knows {}",
      raw.path, unknown, shown(example), shown(target.name), shown(preparation.classes));
}

}  // namespace forknet::data::csv
