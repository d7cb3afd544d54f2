// From a config file, the environment and the command line to one checked Config, with the source
// of every value. Defaults < file < environment < named flags < --set.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace forknet::run {

// A config file is text that a person writes; a larger one is a mistake.
inline constexpr std::size_t kMostConfigBytes = std::size_t{1} << 20;

// A flag of the command line that stands for one setting: {"--epochs", "train.epochs", "5"}.
struct FlagSetting {
  std::string flag;
  std::string path;
  std::string value;  // TOML; a bare word is a string
};

// What lies on top of a file. `environment`: its variables by name; FORKNET_TRAIN_BATCH is
// train.batch, an empty value is none, other names are passed over. `sets`: the values of --set, as
// "train.batch=64". A grid.preset replaces the [grid] of the sources before its own.
struct Overrides {
  std::map<std::string, std::string> environment;
  std::vector<FlagSetting> flags;
  std::vector<std::string> sets;
  bool resumes = false;  // what a resume may not change stays where a preset replaces the [grid]
  bool settles = true;   // what averaging leaves open becomes what it comes to (settle_average)
};

struct Setting {
  std::string path;    // "train.batch"
  std::string value;   // TOML
  std::string source;  // "default", "mnist.toml:12", "FORKNET_TRAIN_BATCH", "--epochs", "--set"
};

struct Resolved {
  Config config;
  std::vector<Setting> settings;   // in the order of docs/cli.md
  std::vector<std::string> notes;  // lines for the user: what was given but not used, and the like
};

// Errors are of kind config: file, line, what is wrong, a caret, what was expected. A --set that is
// not KEY=VALUE is of kind usage.
[[nodiscard]] Result<Resolved> resolve_file(const std::string& path, const Overrides& overrides);
// The same for a text; `name` is what messages call it.
[[nodiscard]] Result<Resolved> resolve_text(std::string_view text, const std::string& name,
                                            const Overrides& overrides);
// A config that a program has filled by hand; every source is "program".
[[nodiscard]] Result<Resolved> resolve_config(const Config& config);
// The same settings with the first weights that the data decided on (model.init = "auto"), so that
// what is stored with a run says what it used, whatever a later version makes of "auto".
[[nodiscard]] Resolved with_init(Resolved settings, Init used);

}  // namespace forknet::run
