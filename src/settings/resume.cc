#include "settings/resume.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/check.h"
#include "base/try.h"
#include "nn/optimizer.h"
#include "settings/problem.h"
#include "settings/schema.h"
#include "settings/value.h"

namespace forknet::run {
namespace {

Error refusal(const Setting& stored, const Setting& now) {
  return {ErrorKind::config,
          printable(now.source, 200) + ": " + now.path + " = " + printable(now.value) +
              " cannot change in a resume\n  the run was started with " + printable(stored.value) +
              "\n  may change: run.dir, run.state, [grid] except sync, average_every and models, "
              "[log],\n  [checkpoint], data.loader_threads, data.cache, train.epochs, "
              "train.max_steps,\n  train.max_seconds, and the names of data files"};
}

// Other file names, perhaps of the same content: the digests decide (session/meta.h).
bool names_other_files(const Config& before, const Config& now, const std::string& path) {
  const auto are_files = [&](const DataConfig& data) {
    const DataSource& source = path == "data.train"  ? data.train
                               : path == "data.test" ? data.test
                                                     : data.validation;
    return !source.inputs.empty() && !source.labels.empty();
  };
  const bool is_source = path == "data.train" || path == "data.test" || path == "data.validation";
  return is_source && are_files(before.data) && are_files(now.data);
}

// Paths of data files that a resume names are relative to its current folder. The run may be
// resumed elsewhere, so a path that exists from here is stored as an absolute one.
void anchor_paths(const Config& before, Resolved& now) {
  for (Setting& setting : now.settings) {
    const auto source = [&](auto& config) {
      return setting.path == "data.train"        ? &config.data.train
             : setting.path == "data.test"       ? &config.data.test
             : setting.path == "data.validation" ? &config.data.validation
                                                 : nullptr;
    };
    DataSource* const files = source(now.config);
    if (files == nullptr) continue;
    bool any = false;
    for (const auto path : {&DataSource::inputs, &DataSource::labels}) {
      std::string& name = files->*path;
      if (name.empty() || name.front() == '/' || name == source(before)->*path) continue;
      std::error_code error;
      const auto whole = std::filesystem::absolute(name, error).lexically_normal();
      if (error || !std::filesystem::exists(whole, error)) continue;
      name = whole.string();
      any = true;
    }
    if (any) setting.value = to_toml(find_key(setting.path)->accessor.get(now.config));
  }
}

// Such as cosine without decay_steps, which ends where the run ends.
bool schedule_follows(const Config& config, const std::string& path) {
  return (path == "train.epochs" || path == "train.max_steps") &&
         nn::Optimizer(config.optimizer).follows_length();
}

// The settings of a run whose version did not store them. Its models took train.batch rows each and
// keep doing so; its weight decay applied to biases and still does.
Result<Overrides> of_older_version(std::string_view stored, const std::string& name) {
  Overrides older;
  FORKNET_ASSIGN(const Resolved resolved, resolve_text(stored, name, {}));
  const auto set = [&](const std::string& path, const std::string& value) {
    const auto setting = std::find_if(resolved.settings.begin(), resolved.settings.end(),
                                      [&](const auto& one) { return one.path == path; });
    if (setting->source != "default") return;
    older.flags.push_back({"an older version of forknet", path, value});
  };
  if (resolved.config.grid.sync == Sync::average) set("average.batch", "each");
  if (nn::Optimizer(resolved.config.optimizer).decays()) set("optimizer.decay_biases", "true");
  return older;
}

}  // namespace

Result<std::vector<std::string>> compare_for_resume(const Resolved& stored, const Resolved& now) {
  FORKNET_CHECK(stored.settings.size() == now.settings.size());
  std::vector<std::string> notes;
  for (std::size_t i = 0; i < now.settings.size(); ++i) {
    const Setting& before = stored.settings[i];
    const Setting& after = now.settings[i];
    FORKNET_CHECK(before.path == after.path);
    if (before.value == after.value) continue;
    const bool files = names_other_files(stored.config, now.config, after.path);
    if (!files && !find_key(after.path)->may_change) return refusal(before, after);
    notes.push_back(after.path + " changes from " + printable(before.value) + " to " +
                    printable(after.value) + " (" + printable(after.source, 200) + ")");
    if (schedule_follows(now.config, after.path)) {
      notes.push_back("warning: the " + now.config.optimizer.schedule + " schedule depends on " +
                      after.path + ": the learning rates of the remaining steps change with it");
    }
  }
  return notes;
}

Result<Resolved> resolve_resume(std::string_view stored, const std::string& name,
                                const Overrides& overrides) {
  FORKNET_ASSIGN(const Overrides older, of_older_version(stored, name));
  FORKNET_ASSIGN(const Resolved before, resolve_text(stored, name, older));
  Overrides resumed = overrides;
  resumed.resumes = true;
  resumed.flags.insert(resumed.flags.begin(), older.flags.begin(), older.flags.end());
  FORKNET_ASSIGN(Resolved now, resolve_text(stored, name, resumed));
  FORKNET_ASSIGN(std::vector<std::string> notes, compare_for_resume(before, now));
  anchor_paths(before.config, now);
  // Notes that the start of the run already gave are not repeated.
  std::erase_if(now.notes, [&](const std::string& note) {
    return std::find(before.notes.begin(), before.notes.end(), note) != before.notes.end();
  });
  now.notes.insert(now.notes.end(), notes.begin(), notes.end());
  return now;
}

}  // namespace forknet::run
