#include "nn/part_list.h"

#include <algorithm>
#include <cctype>

namespace forknet::nn {
namespace {

Error refused(std::string_view what, std::string_view name, const std::string& reason) {
  return {ErrorKind::config,
          std::string(what) + " \"" + std::string(name) + "\" cannot be registered: " + reason};
}

bool agree(const SettingSpec& a, const SettingSpec& b) {
  return a.value == b.value && a.required == b.required;
}

}  // namespace

bool is_part_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  });
}

Status check_new_part(std::string_view what, std::string_view name,
                      const std::vector<SettingSpec>& settings, const std::vector<TakenName>& taken,
                      std::span<const std::string_view> reserved) {
  if (!is_part_name(name)) {
    return refused(what, name, "its name is not one of letters, digits and \"_\", at most 64");
  }
  for (const TakenName& other : taken) {
    if (other.part == name) return refused(what, name, "the name is taken");
  }
  for (const SettingSpec& setting : settings) {
    if (!is_part_name(setting.name) ||
        std::find(reserved.begin(), reserved.end(), setting.name) != reserved.end()) {
      return refused(what, name, "the name of its setting \"" + setting.name + "\" is reserved");
    }
    for (const TakenName& other : taken) {
      for (const SettingSpec& same : other.settings) {
        if (same.name != setting.name || agree(same, setting)) continue;
        return refused(
            what, name,
            "its setting \"" + setting.name + "\" has another type or default in " + other.where);
      }
    }
  }
  return {};
}

Error too_late(std::string_view what, std::string_view name) {
  return refused(what, name,
                 "it is too late\n  register parts at the top of main, before forknet::init() and "
                 "before a config is read");
}

}  // namespace forknet::nn
