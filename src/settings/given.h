// The settings that were given, by path, each with where it came from; later ones replace earlier
// ones, and a preset replaces the [grid] of earlier sources. The middle step between texts and a
// Config.
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
  std::size_t order = 0;      // of being given
  Layer layer = Layer::file;  // kept: replaced by a preset, but taken back (keep_fixed)
};

class GivenSettings {
 public:
  // `text` outlives this object.
  GivenSettings(std::string name, std::string_view text) : name_(std::move(name)), text_(text) {}

  // The sections and keys of a file. Unknown ones are errors.
  [[nodiscard]] Status add_file();
  // Adds a line to `notes` for variables that look like misspelt settings.
  [[nodiscard]] Status add_environment(const std::map<std::string, std::string>& environment,
                                       std::vector<std::string>& notes);
  [[nodiscard]] Status add_flag(const FlagSetting& flag);
  [[nodiscard]] Status add_set(const std::string& set);

  // For a resume: what a preset replaced and a resume may not change (the models, how often they
  // are averaged) is taken back; only what the preset sets itself goes before it.
  void keep_fixed();

  // A value that has been checked, where nothing was given. False: something was.
  bool add_if_absent(std::string_view path, Value value, std::string source);

  [[nodiscard]] const Given* find(std::string_view path) const;
  // In the order in which they were given.
  [[nodiscard]] std::vector<std::pair<std::string, const Given*>> in_order() const;

  // The error of a problem with that setting, pointing into the file where it came from there.
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
  std::map<std::string, Given, std::less<>> replaced_;  // of [grid], by a preset
  Given::Layer layer_ = Given::Layer::file;             // of what is being added
  std::size_t count_ = 0;
};

}  // namespace forknet::run
