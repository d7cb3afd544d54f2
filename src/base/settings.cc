#include <forknet/settings.h>

#include <algorithm>

#include "base/check.h"

namespace forknet {
namespace {

template <class T>
const T& value_as(const Settings& settings, std::string_view name) {
  const SettingValue* const value = settings.find(name);
  FORKNET_CHECK(value != nullptr && value->as<T>() != nullptr);
  return *value->as<T>();
}

}  // namespace

void Settings::set(std::string_view name, SettingValue value) {
  const auto found = std::find_if(values_.begin(), values_.end(),
                                  [&](const auto& entry) { return entry.first == name; });
  if (found != values_.end()) {
    found->second = std::move(value);
  } else {
    values_.emplace_back(std::string(name), std::move(value));
  }
}

const SettingValue* Settings::find(std::string_view name) const {
  const auto found = std::find_if(values_.begin(), values_.end(),
                                  [&](const auto& entry) { return entry.first == name; });
  return found == values_.end() ? nullptr : &found->second;
}

bool Settings::flag(std::string_view name) const { return value_as<bool>(*this, name); }
std::int64_t Settings::whole(std::string_view name) const {
  return value_as<std::int64_t>(*this, name);
}
double Settings::number(std::string_view name) const {
  const SettingValue* const value = find(name);
  FORKNET_CHECK(value != nullptr);
  if (const auto* whole = value->as<std::int64_t>()) return static_cast<double>(*whole);
  return value_as<double>(*this, name);
}
const std::string& Settings::word(std::string_view name) const {
  return value_as<std::string>(*this, name);
}
const std::vector<double>& Settings::numbers(std::string_view name) const {
  return value_as<std::vector<double>>(*this, name);
}
const std::vector<std::int64_t>& Settings::wholes(std::string_view name) const {
  return value_as<std::vector<std::int64_t>>(*this, name);
}

Settings complete(const Settings& given, const std::vector<SettingSpec>& declared) {
  Settings all;
  for (const SettingSpec& setting : declared) {
    const SettingValue* const value = given.find(setting.name);
    if (value != nullptr) {
      all.set(setting.name, *value);
    } else if (!setting.required) {
      all.set(setting.name, setting.value);
    }
  }
  return all;
}

}  // namespace forknet
