// The given settings by path, each with its source. Later sources replace earlier ones, and a
// preset replaces the [grid] of earlier sources. The middle step between texts and a Config.
#pragma once

#include <forknet/result.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "settings/problem.h"
#include "settings/resolve.h"
#include "settings/schema.h"

namespace forknet::run {

struct Given {
  enum class Layer { file, environment, flags, sets, kept };
  Value value;
  std::string source;         // "mnist.toml", "FORKNET_TRAIN_BATCH", "--set"
  std::size_t order = 0;      // in which they were given
  Layer layer = Layer::file;  // kept: replaced by a preset, then restored (keep_fixed)
};

class GivenSettings {
 public:
  // `text` outlives this object.
  GivenSettings(std::string name, std::string_view text) : name_(std::move(name)), text_(text) {}

  // Adds the sections and keys of the file. Unknown ones are errors.
  [[nodiscard]] Status add_file();
  // Adds a line to `notes` for variables that look like misspelt settings.
  [[nodiscard]] Status add_environment(const std::map<std::string, std::string>& environment,
                                       std::vector<std::string>& notes);
  [[nodiscard]] Status add_flag(const FlagSetting& flag);
  [[nodiscard]] Status add_set(const std::string& set);

  // For a resume: restores the settings that a preset replaced but a resume may not change (models,
  // average_every). The preset's own settings take precedence over them.
  void keep_fixed();

  // Adds a checked value unless one was given. False: one was given.
  bool add_if_absent(std::string_view path, Value value, std::string source);

  [[nodiscard]] const Given* find(std::string_view path) const;
  // In the order in which they were given.
  [[nodiscard]] std::vector<std::pair<std::string, const Given*>> in_order() const;

  // The error for a problem of that setting; it points into the file if the setting comes from it.
  // `path` may go deeper than a setting: "model.layers[1].units".
  [[nodiscard]] Error error(std::string_view path, Problem problem) const;

 private:
  [[nodiscard]] Status add_section(const Entry& section);
  [[nodiscard]] Status add_word(const std::string& path, std::string_view word,
                                const std::string& source);
  void put(std::string path, Value value, std::string source);
  void replace_grid();

  std::string name_;
  std::string_view text_;
  std::map<std::string, Given, std::less<>> given_;
  std::map<std::string, Given, std::less<>> replaced_;  // settings of [grid] replaced by a preset
  Given::Layer layer_ = Given::Layer::file;             // of the source being added
  std::size_t count_ = 0;
};

}  // namespace forknet::run
