// Keys of the table of settings (schema.h) from what parts declare (forknet/settings.h):
// "optimizer.betas" is the setting "betas" of adam. Their values lie in the config's Settings of
// that section.
#pragma once

#include <forknet/settings.h>

#include <string>
#include <string_view>
#include <vector>

#include "settings/schema.h"

namespace forknet::run {

// What a setting of a part accepts, and its value in both forms.
[[nodiscard]] Allowed allowed_of(const SettingSpec& setting);
[[nodiscard]] SettingValue setting_value(const SettingSpec& setting, const Value& value);
[[nodiscard]] Value value_of_setting(const SettingValue& value);

// Where a config keeps the settings of a section.
using SettingsOf = Settings& (*)(Config&);

// One part of a section and what it declares.
struct PartSettings {
  std::string_view part;  // "adam"
  std::vector<SettingSpec> settings;
};
// One key for each name that the parts declare, in their order. Parts that share a name agree on
// type and default; its help names them, unless all parts have it.
[[nodiscard]] std::vector<Key> part_keys(std::string_view section,
                                         const std::vector<PartSettings>& parts, SettingsOf of);

}  // namespace forknet::run
