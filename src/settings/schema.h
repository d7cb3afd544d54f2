// The one table of all settings of a config file. The loader, --set, the environment, the files
// that "forknet init" writes, config.resolved.toml and docs/cli.md read it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "settings/accessor.h"
#include "settings/allowed.h"

namespace forknet::run {

struct Key {
  std::string path;  // "train.batch"
  Allowed allowed;
  std::string help;   // one line
  Accessor accessor;  // null: known, but not built
  // Not built: the one value that this version accepts, as TOML; "": it accepts none.
  std::string_view only = {};
  bool required = false;
  bool may_change = false;  // a resume may change it (docs/cli.md)
  bool live = false;        // `forknet reload` may change it while a run trains

  [[nodiscard]] bool built() const { return static_cast<bool>(accessor.get); }
  [[nodiscard]] std::string_view section() const {
    return std::string_view(path).substr(0, path.find('.'));
  }
  [[nodiscard]] std::string_view name() const {
    return std::string_view(path).substr(path.find('.') + 1);
  }
};

struct Section {
  std::string_view name;
  std::string_view help;
};

// In the order of docs/cli.md.
[[nodiscard]] const std::vector<Section>& sections();
[[nodiscard]] const std::vector<Key>& schema();

// The key with that path, or null.
[[nodiscard]] const Key* find_key(std::string_view path);

// Copies the value of one setting from `from` to `to`. The path is that of a key.
void take_setting(std::string_view path, const Config& from, Config& to);

// The names of the sections; the names of the keys of one section; all paths.
[[nodiscard]] std::vector<std::string> section_names();
[[nodiscard]] std::vector<std::string> key_names(std::string_view section);
[[nodiscard]] std::vector<std::string> key_paths();

// Checks type, range, words and whether the setting is built. Nothing: the value may be set.
[[nodiscard]] std::optional<Problem> check_value(const Key& key, const Value& value);

// The default; nothing for required settings and for those that accept no value.
[[nodiscard]] std::optional<Value> default_of(const Key& key);

}  // namespace forknet::run
