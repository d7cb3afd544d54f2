// The settings that somebody gave, by path, each with where it came from; later ones replace
// earlier ones. The middle step between texts and a Config.
#pragma once

#include <forknet/result.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "run/settings/problem.h"
#include "run/settings/resolve.h"
#include "run/settings/schema.h"

namespace forknet::run {

struct Given {
  Value value;
  std::string source;     // "mnist.toml", "FORKNET_TRAIN_BATCH", "--set"
  std::size_t order = 0;  // of being given
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

  // A value that has been checked, where nothing was given.
  void add_if_absent(std::string_view path, Value value, std::string source);

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

  std::string name_;
  std::string_view text_;
  std::map<std::string, Given, std::less<>> given_;
  std::size_t count_ = 0;
};

}  // namespace forknet::run
