#include "settings/part_keys.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace forknet::run {
namespace {

bool declares(const PartSettings& part, std::string_view name) {
  return std::any_of(part.settings.begin(), part.settings.end(),
                     [&](const SettingSpec& setting) { return setting.name == name; });
}

// "adam, adamw: decay of the two averages"
std::string help_of(const std::vector<PartSettings>& parts, const SettingSpec& setting) {
  std::string users;
  bool all = true;
  for (const PartSettings& part : parts) {
    if (!declares(part, setting.name)) {
      all = false;
      continue;
    }
    if (!users.empty()) users += ", ";
    users += part.part;
  }
  return all ? setting.help : users + ": " + setting.help;
}

Key key_of(std::string_view section, const std::vector<PartSettings>& parts,
           const SettingSpec& setting, SettingsOf of) {
  Key key;
  key.path = std::string(section) + "." + setting.name;
  key.allowed = allowed_of(setting);
  key.help = help_of(parts, setting);
  key.accessor = {[setting, of](Config& config, const Value& value) {
                    of(config).set(setting.name, setting_value(setting, value));
                  },
                  [setting, of](const Config& config) {
                    const SettingValue* const value =
                        of(const_cast<Config&>(config)).find(setting.name);
                    return value_of_setting(value != nullptr ? *value : setting.value);
                  }};
  return key;
}

}  // namespace

Allowed allowed_of(const SettingSpec& setting) {
  const SettingRange& range = setting.range;
  const Fraction fraction = {range.least, range.above, range.below};
  if (setting.value.as<bool>() != nullptr) return booleans();
  if (setting.value.as<double>() != nullptr) return fractions(fraction);
  if (setting.value.as<std::vector<double>>() != nullptr) return {.pair = fraction};
  const double least = range.above ? std::floor(range.least) + 1 : std::ceil(range.least);
  const Whole whole = {static_cast<std::int64_t>(least), range.most};
  if (setting.value.as<std::int64_t>() != nullptr) return {.whole = whole};
  if (setting.value.as<std::vector<std::int64_t>>() != nullptr)
    return {.whole = whole, .whole_list = whole};
  if (setting.words.empty()) return texts();
  std::vector<Word> list;
  for (const std::string& word : setting.words) list.push_back({word});
  return words(std::move(list));
}

SettingValue setting_value(const SettingSpec& setting, const Value& value) {
  if (setting.value.as<bool>() != nullptr) return *value.as<bool>();
  if (setting.value.as<std::int64_t>() != nullptr) return *value.as<std::int64_t>();
  if (setting.value.as<double>() != nullptr) return value.number();
  if (setting.value.as<std::string>() != nullptr) return *value.as<std::string>();
  if (setting.value.as<std::vector<std::int64_t>>() != nullptr) {
    if (const auto* one = value.as<std::int64_t>()) return std::vector<std::int64_t>{*one};
    std::vector<std::int64_t> wholes;
    for (const Value& item : *value.as<List>()) wholes.push_back(*item.as<std::int64_t>());
    return wholes;
  }
  std::vector<double> numbers;
  for (const Value& item : *value.as<List>()) numbers.push_back(item.number());
  return numbers;
}

Value value_of_setting(const SettingValue& value) {
  if (const auto* flag = value.as<bool>()) return {*flag, {}};
  if (const auto* whole = value.as<std::int64_t>()) return {*whole, {}};
  if (const auto* number = value.as<double>()) return {*number, {}};
  if (const auto* word = value.as<std::string>()) return {*word, {}};
  List list;
  if (const auto* wholes = value.as<std::vector<std::int64_t>>()) {
    for (const std::int64_t whole : *wholes) list.push_back({whole, {}});
    return {std::move(list), {}};
  }
  for (const double number : *value.as<std::vector<double>>()) list.push_back({number, {}});
  return {std::move(list), {}};
}

std::vector<Key> part_keys(std::string_view section, const std::vector<PartSettings>& parts,
                           SettingsOf of) {
  std::vector<Key> keys;
  std::vector<const SettingSpec*> known;
  for (const PartSettings& part : parts) {
    for (const SettingSpec& setting : part.settings) {
      const auto same = std::find_if(known.begin(), known.end(), [&](const SettingSpec* other) {
        return other->name == setting.name;
      });
      if (same != known.end()) {
        FORKNET_CHECK((*same)->value == setting.value);
        continue;
      }
      known.push_back(&setting);
      keys.push_back(key_of(section, parts, setting, of));
    }
  }
  return keys;
}

}  // namespace forknet::run
