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

// Limit of a config file, which people write by hand: a larger one is a mistake.
inline constexpr std::size_t kMostConfigBytes = std::size_t{1} << 20;

// A flag of the command line that stands for one setting: {"--epochs", "train.epochs", "5"}.
struct FlagSetting {
  std::string flag;
  std::string path;
  std::string value;  // TOML; a bare word is a string
};

// The sources above a file. `environment`: variables by name; FORKNET_TRAIN_BATCH is train.batch,
// an empty value counts as not set, other names are ignored. `sets`: the values of --set, such as
// "train.batch=64". A grid.preset replaces the [grid] of the sources before its own.
struct Overrides {
  std::map<std::string, std::string> environment;
  std::vector<FlagSetting> flags;
  std::vector<std::string> sets;
  bool resumes = false;  // a preset keeps the settings of [grid] that a resume may not change
  bool settles = true;   // open settings of averaging become values (settle_average)
};

struct Setting {
  std::string path;    // "train.batch"
  std::string value;   // TOML
  std::string source;  // "default", "mnist.toml:12", "FORKNET_TRAIN_BATCH", "--epochs", "--set"
};

struct Resolved {
  Config config;
  std::vector<Setting> settings;   // in the order of docs/cli.md
  std::vector<std::string> notes;  // lines for the user, such as settings that are not used
};

// Errors are of kind config: file, line, what is wrong, a caret, what was expected. A --set that is
// not KEY=VALUE is of kind usage.
[[nodiscard]] Result<Resolved> resolve_file(const std::string& path, const Overrides& overrides);
// The same for a text; `name`: its name in messages.
[[nodiscard]] Result<Resolved> resolve_text(std::string_view text, const std::string& name,
                                            const Overrides& overrides);
// A config that a program has filled in; every source is "program".
[[nodiscard]] Result<Resolved> resolve_config(const Config& config);
// The settings with the model.init that the data decided on ("auto"), so that the stored config
// says what the run used, even if a later version decides otherwise.
[[nodiscard]] Resolved with_init(Resolved settings, std::string used);
// The settings with the numbers of workers and loaders of `used` if the preset or the layout chose
// them (session/worker_trial.h), so that a resume continues with them.
[[nodiscard]] Resolved with_layout_of(Resolved settings, const Config& used);

}  // namespace forknet::run
