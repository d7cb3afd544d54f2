#include "settings/augment.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "base/nearest.h"

namespace forknet::run {
namespace {

struct AugmentPart {
  std::string_view name;
  double most;
  double AugmentConfig::*member;
};

constexpr double kMostAugmentPixels = 16'384;

constexpr std::array<AugmentPart, 6> kAugmentParts = {
    {{"shift", kMostAugmentPixels, &AugmentConfig::shift},
     {"rotate", 180, &AugmentConfig::rotate},
     {"scale", 0.9, &AugmentConfig::scale},
     {"shear", 2, &AugmentConfig::shear},
     {"elastic", kMostAugmentPixels, &AugmentConfig::elastic},
     {"noise", 100, &AugmentConfig::noise}}};

constexpr std::string_view kAugmentExample = "such as { shift = 2, rotate = 10, elastic = 4 }";

const AugmentPart* find_augment(std::string_view name) {
  const auto* const part = std::find_if(kAugmentParts.begin(), kAugmentParts.end(),
                                        [&](const AugmentPart& one) { return one.name == name; });
  return part == kAugmentParts.end() ? nullptr : part;
}

std::vector<std::string> augment_names() {
  std::vector<std::string> names;
  for (const AugmentPart& part : kAugmentParts) names.emplace_back(part.name);
  return names;
}

std::string augment_range(const AugmentPart& part) {
  return "from 0 to " + to_toml(part.most == std::floor(part.most)
                                    ? Value{static_cast<std::int64_t>(part.most), {}}
                                    : Value{part.most, {}});
}

}  // namespace

std::string describe_augment() {
  std::string text = "a table of numbers: ";
  for (const AugmentPart& part : kAugmentParts) {
    if (&part != kAugmentParts.data()) text += ", ";
    text += std::string(part.name) + " " + augment_range(part);
  }
  return text;
}

std::optional<Problem> check_augment(std::string_view name, const Value& value) {
  const Table* const table = value.as<Table>();
  if (table == nullptr) {
    return Problem{std::string(name) + " = " + printable(to_toml(value)) + ": expected a table",
                   std::string(kAugmentExample), value.place};
  }
  for (const Entry& entry : *table) {
    const std::string path = std::string(name) + "." + entry.key;
    const AugmentPart* const part = find_augment(entry.key);
    if (part == nullptr) {
      std::string hint = did_you_mean(entry.key, augment_names());
      if (hint.empty()) hint = kAugmentExample;
      return Problem{"unknown key " + in_quotes(entry.key) + " in " + std::string(name),
                     std::move(hint), entry.place};
    }
    const double amount = entry.value.number();
    if (!entry.value.is_number() || !(amount >= 0 && amount <= part->most)) {
      return Problem{path + " = " + printable(to_toml(entry.value)) + ": expected a number " +
                         augment_range(*part),
                     "", entry.value.place};
    }
  }
  return std::nullopt;
}

void assign(AugmentConfig& augment, const Value& value) {
  augment = {};
  for (const Entry& entry : *value.as<Table>()) {
    augment.*(find_augment(entry.key)->member) = entry.value.number() + 0.0;  // never -0
  }
}

Value read(const AugmentConfig& augment) {
  Table table;
  for (const AugmentPart& part : kAugmentParts) {
    const double amount = augment.*(part.member);
    if (amount != 0) table.push_back({std::string(part.name), {}, {amount, {}}});
  }
  return {std::move(table), {}};
}

}  // namespace forknet::run
