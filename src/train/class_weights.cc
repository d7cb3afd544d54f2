#include "train/class_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "base/nearest.h"
#include "base/printable.h"

namespace forknet::run {
namespace {

// The names of the classes by number: those of the data, or the numbers.
std::vector<std::string> class_names(const data::DataSets& sets, std::size_t classes) {
  if (sets.preparation && !sets.preparation->classes.empty()) return sets.preparation->classes;
  std::vector<std::string> names(classes);
  for (std::size_t label = 0; label < classes; ++label) names[label] = std::to_string(label);
  return names;
}

std::vector<double> balanced(const data::View& rows, std::size_t classes) {
  std::vector<std::uint64_t> counts(classes);
  const auto labels = rows.table->labels();
  for (std::uint32_t i = 0; i < rows.size(); ++i) ++counts[labels[rows.row(i)]];
  const auto present = static_cast<double>(
      std::count_if(counts.begin(), counts.end(), [](auto count) { return count > 0; }));
  std::vector<double> weights(classes, 1.0);
  for (std::size_t label = 0; label < classes; ++label) {
    if (counts[label] == 0) continue;
    weights[label] =
        static_cast<double>(rows.size()) / (present * static_cast<double>(counts[label]));
  }
  return weights;
}

Error unknown_class(const std::string& name, const std::vector<std::string>& names) {
  constexpr std::size_t kMostNames = 8;
  std::string known;
  for (std::size_t i = 0; i < std::min(names.size(), kMostNames); ++i) {
    known += (i == 0 ? "\"" : ", \"") + printable(names[i], 40) + '"';
  }
  if (names.size() > kMostNames) known += ", ...";
  const std::string hint = did_you_mean(name, names);
  return {ErrorKind::config,
          fmt::format("model.class_weight: no class is named \"{}\"\n  the {} classes: {}{}",
                      printable(name, 80), names.size(), known, hint.empty() ? "" : "; " + hint)};
}

}  // namespace

Result<std::vector<double>> class_weights(const ClassWeight& wanted, const data::DataSets& sets,
                                          std::size_t classes) {
  if (wanted.kind == ClassWeight::Kind::none) return std::vector<double>();
  const data::TableShape& shape = sets.train.table->shape;
  if (!shape.labelled) {
    return Error{ErrorKind::config,
                 fmt::format("model.class_weight: the targets of {} are numbers; only classes have "
                             "weights\n  for weights of rows: data.weight",
                             sets.train.table->inputs_name)};
  }
  const std::size_t all = std::max(classes, shape.classes);
  if (wanted.kind == ClassWeight::Kind::balanced) return balanced(sets.train, all);
  const std::vector<std::string> names = class_names(sets, all);
  std::vector<double> weights(std::max(all, names.size()), 1.0);
  for (const auto& [name, weight] : wanted.table) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return unknown_class(name, names);
    weights[static_cast<std::size_t>(found - names.begin())] = weight;
  }
  return weights;
}

}  // namespace forknet::run
