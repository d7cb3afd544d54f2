#include "data/class_counts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "data/error.h"

namespace forknet::data {
namespace {

constexpr std::size_t kShownClasses = 8;

std::string name_of(std::size_t label, const Preparation* preparation) {
  const bool named = preparation != nullptr && label < preparation->classes.size();
  return named ? fmt::format("\"{}\"", preparation->classes[label]) : fmt::format("{}", label);
}

std::vector<std::size_t> rows_by_class(const View& view) {
  std::vector<std::size_t> counts(view.table->shape.classes, 0);
  const auto labels = view.table->labels();
  for (std::size_t at = 0; at < view.size(); ++at) {
    ++counts[labels[view.row(static_cast<std::uint32_t>(at))]];
  }
  return counts;
}

}  // namespace

std::vector<std::string> class_warnings(const View& train, const Preparation* preparation) {
  if (!train.table->shape.labelled) return {};
  const std::vector<std::size_t> counts = rows_by_class(train);
  std::string absent;
  std::size_t absents = 0;
  for (std::size_t label = 0; label < counts.size(); ++label) {
    if (counts[label] > 0) continue;
    if (absents++ < kShownClasses) {
      absent += (absent.empty() ? "" : ", ") + name_of(label, preparation);
    }
  }
  const std::string& path = train.table->labels_name;
  std::vector<std::string> warnings;
  if (absents > 0) {
    warnings.push_back(fmt::format("warning: {}: {} of {} classes have no training row: {}{}", path,
                                   absents, counts.size(), absent,
                                   absents > kShownClasses ? ", ..." : ""));
  }
  if (absents + 1 == counts.size()) {
    const auto only =
        std::find_if(counts.begin(), counts.end(), [](auto count) { return count > 0; });
    warnings.push_back(fmt::format(
        "warning: {}: all {} training rows are of one class, {}: there is nothing to learn", path,
        *only, name_of(static_cast<std::size_t>(only - counts.begin()), preparation)));
  }
  return warnings;
}

Status check_classes_differ(const Table& table, const Preparation* preparation) {
  const auto labels = table.labels();
  const bool differ = std::any_of(labels.begin(), labels.end(),
                                  [&](std::uint32_t label) { return label != labels.front(); });
  if (labels.empty() || differ) return {};
  return data_error(
      "{}: all {} rows are of one class, {}: there is nothing to learn\n"
      "  rows of two classes or more were expected",
      table.labels_name, labels.size(), name_of(labels.front(), preparation));
}

}  // namespace forknet::data
