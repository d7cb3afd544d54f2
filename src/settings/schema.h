// Every setting of a config file, once: the loader, --set, the environment, the files that
// "forknet init" writes, config.resolved.toml and docs/cli.md all read this table.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "settings/accessor.h"
#include "settings/allowed.h"

namespace forknet::run {

struct Key {
  std::string_view path;  // "train.batch"
  Allowed allowed;
  std::string_view help;  // one line
  Accessor accessor;      // null: known, but its issue is not done
  // Not built: the one value that this version runs, as TOML; "" where there is none to write.
  std::string_view only = {};
  bool required = false;
  bool may_change = false;  // by a resume (docs/cli.md)
  bool live = false;        // while a run trains (forknet reload)

  [[nodiscard]] bool built() const { return accessor.get != nullptr; }
  [[nodiscard]] std::string_view section() const { return path.substr(0, path.find('.')); }
  [[nodiscard]] std::string_view name() const { return path.substr(path.find('.') + 1); }
};

struct Section {
  std::string_view name;
  std::string_view help;
};

// In the order of docs/cli.md.
[[nodiscard]] const std::vector<Section>& sections();
[[nodiscard]] const std::vector<Key>& schema();

// The key of that path, or null.
[[nodiscard]] const Key* find_key(std::string_view path);

// The value of that setting in `from` becomes that of `to`. The path is a key's.
void take_setting(std::string_view path, const Config& from, Config& to);

// Names of sections; names of the keys of one section; all paths.
[[nodiscard]] std::vector<std::string> section_names();
[[nodiscard]] std::vector<std::string> key_names(std::string_view section);
[[nodiscard]] std::vector<std::string> key_paths();

// Type, range, words, whether it is built. Nothing when the value may be set.
[[nodiscard]] std::optional<Problem> check_value(const Key& key, const Value& value);

// The value of a config nobody has touched; nothing for required and for unwritable settings.
[[nodiscard]] std::optional<Value> default_of(const Key& key);

}  // namespace forknet::run
