#include "session/reread.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "base/try.h"
#include "os/durable_file.h"
#include "os/file.h"
#include "session/stored_config.h"
#include "settings/problem.h"
#include "settings/resume.h"
#include "settings/schema.h"

namespace forknet::run {
namespace {

Error refused(const std::string& why) { return {ErrorKind::config, why}; }

// The path of the config file (meta.json).
Result<std::string> file_of(const RunPaths& paths) {
  FORKNET_ASSIGN(const std::string text, os::read_file(paths.meta(), kMostText));
  const auto meta = nlohmann::json::parse(text, nullptr, false);
  const auto file = meta.find("config");
  if (file == meta.end() || !file->is_string()) {
    return refused("this run was not started from a config file; there is nothing to read again");
  }
  return file->get<std::string>();
}

Result<std::string> text_of(const std::string& file) {
  std::error_code error;
  // Reading a pipe or a terminal would block the run.
  if (!std::filesystem::is_regular_file(file, error)) {
    return refused("the config " + printable(file, 200) +
                   ", from which this run was started, is missing or not a file");
  }
  return os::read_file(file, kMostConfigBytes, ErrorKind::config);
}

std::string live_keys() {
  std::string names;
  for (const Key& key : schema()) {
    if (key.live) names += (names.empty() ? "" : ", ") + std::string(key.path);
  }
  return names;
}

Status check_live(const Setting& before, const Setting& now) {
  if (find_key(now.path)->live) return {};
  return refused(printable(now.source, 200) + ": " + now.path + " = " + printable(now.value) +
                 " cannot change while the run trains; it was " + printable(before.value) +
                 "\n  may change: " + live_keys());
}

}  // namespace

Result<Edited> reread_config(const RunPaths& paths) {
  Edited edited;
  FORKNET_ASSIGN(edited.file, file_of(paths));
  FORKNET_ASSIGN(edited.text, text_of(edited.file));
  FORKNET_ASSIGN(const std::string last, os::read_file(paths.given_config(), kMostConfigBytes));
  // The settings as written: the values of "auto" are fixed since the start of the run.
  Overrides as_written;
  as_written.settles = false;
  FORKNET_ASSIGN(const Resolved before,
                 resolve_text(last, paths.given_config().text(), as_written));
  FORKNET_ASSIGN(const Resolved now, resolve_text(edited.text, edited.file, as_written));
  FORKNET_CHECK(before.settings.size() == now.settings.size());
  for (std::size_t i = 0; i < now.settings.size(); ++i) {
    if (before.settings[i].value == now.settings[i].value) continue;
    FORKNET_TRY(check_live(before.settings[i], now.settings[i]));
    edited.settings.push_back(now.settings[i]);
  }
  edited.config = now.config;
  return edited;
}

Status store_settings(const RunPaths& paths, const std::vector<Setting>& settings,
                      const std::string& source) {
  Overrides overrides;
  for (const Setting& setting : settings) {
    overrides.flags.push_back({source, setting.path, setting.value});
  }
  const os::FilePath path = paths.resolved_config();
  FORKNET_ASSIGN(const std::string meta, os::read_file(paths.meta(), kMostText));
  FORKNET_ASSIGN(const std::string stored, read_stored_config(paths, meta));
  FORKNET_ASSIGN(const Resolved now, resolve_resume(stored, path.text(), overrides));
  return write_stored_config(paths, updated_config(stored, path.text(), now));
}

}  // namespace forknet::run
