#include "data/preparation.h"

#include <fmt/format.h>

namespace forknet::data {

std::vector<bool> Preparation::flags() const {
  std::vector<bool> flags;
  for (const InputColumn& column : columns) {
    for (std::size_t i = 0; i < column.inputs(); ++i) {
      flags.push_back(i > 0 || column.kind == InputColumn::Kind::category);
    }
  }
  return flags;
}

std::size_t Preparation::codes_of(std::size_t input) const {
  for (const InputColumn& column : columns) {
    if (input == 0) return column.coded ? column.categories.size() + 1 : 0;
    if (input < column.inputs()) return 0;
    input -= column.inputs();
  }
  return 0;
}

std::string Preparation::input_name(std::size_t input) const {
  for (const InputColumn& column : columns) {
    const std::size_t count = column.inputs();
    if (input >= count) {
      input -= count;
      continue;
    }
    if (column.indicator && input + 1 == count) return column.name + " is missing";
    if (input == 0 && (column.kind == InputColumn::Kind::number || column.coded)) {
      return column.name;
    }
    if (column.kind == InputColumn::Kind::number && input <= column.bins()) {
      return fmt::format("{} from {} to {}", column.name, column.edges[input - 1],
                         column.edges[input]);
    }
    if (input == column.categories.size()) return column.name + " = another category";
    return column.name + " = " + column.categories[input];
  }
  return "input " + std::to_string(input);
}

}  // namespace forknet::data
