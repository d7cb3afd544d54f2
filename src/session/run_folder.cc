#include "session/run_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/clock.h"
#include "base/try.h"
#include "os/durable_file.h"
#include "os/failpoint.h"
#include "os/file.h"
#include "session/reread.h"
#include "session/run_order.h"
#include "settings/problem.h"
#include "settings/schema.h"
#include "train/model/model_file.h"

namespace forknet::run {
namespace {

constexpr unsigned kPrivate = 0700;
constexpr int kMostNumbered = 10000;

// Makes runs/NAME-date-time, or the first new one with -2, -3 … appended. mkdir decides, so two
// programs started in the same second never share a folder.
Result<std::string> make_dated_folder(const RunConfig& config) {
  const std::string stem = config.dir + "/" + config.name + "-" + run_timestamp();
  for (int number = 1; number < kMostNumbered; ++number) {
    const std::string path = number == 1 ? stem : fmt::format("{}-{}", stem, number);
    FORKNET_ASSIGN(const bool made, os::make_folder(path, kPrivate));
    if (made) return path;
  }
  return Error{ErrorKind::usage, stem + ": there are too many runs of this name; use --run NAME"};
}

// The rules of run.name: nothing that a shell, a path or a terminal could misinterpret.
bool names_a_run(const std::string& name) {
  constexpr std::size_t kLongest = 100;
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != '/' && c != 0x7F;
  });
  return plain && !name.empty() && name.size() <= kLongest && name.front() != '.' &&
         name.front() != '-' && name != "latest";
}

Status check_name(const std::string& name) {
  if (names_a_run(name)) return {};
  return Error{ErrorKind::usage,
               fmt::format("--run {}: this cannot name a folder\n  up to 100 letters without "
                           "spaces and slashes, not \"latest\", not starting with . or -",
                           printable(name, 200))};
}

// The error for a folder that exists.
Error taken(const std::string& path) {
  if (!os::exists(RunPaths{path}.resolved_config())) {
    return {ErrorKind::usage,
            path + ": exists already, but is not a run; choose another --run NAME"};
  }
  return {
      ErrorKind::usage,
      path + ": this run exists already; choose another --run NAME, or continue it with --resume " +
          RunPaths{path}.word()};
}

Result<std::string> make_named_folder(const RunConfig& config, const std::string& name) {
  FORKNET_TRY(check_name(name));
  const std::string path = config.dir + "/" + name;
  FORKNET_ASSIGN(const bool made, os::make_folder(path, kPrivate));
  if (!made) return taken(path);
  return path;
}

// Another process holds the lock: the run trains.
Error as_going_on(const Error& error, const RunPaths& paths) {
  const auto holder = os::FileLock::holder(paths.lock());
  if (error.kind != ErrorKind::usage || !holder) return error;
  return {ErrorKind::usage,
          fmt::format("{}: this run still trains or is being removed ({})\n  forknet "
                      "status {} shows it, forknet stop {} "
                      "ends it, then it can be resumed",
                      paths.folder, *holder, paths.word(), paths.word())};
}

// The path of the folder whose last part is its name, for paths such as "runs/latest", "runs/a/",
// ".".
std::string named_folder(std::string folder) {
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  std::error_code error;
  const std::string name = os::name_of(folder);
  if (std::filesystem::is_symlink(folder, error)) {
    const auto target = std::filesystem::read_symlink(folder, error);
    if (!error && target.is_relative()) return os::folder_of(folder) + "/" + target.string();
  } else if (name != "." && name != "..") {
    return folder;
  }
  const auto real = std::filesystem::canonical(folder, error);
  return error ? folder : real.string();
}

}  // namespace

std::string RunPaths::name() const {
  const std::size_t slash = folder.rfind('/');
  return slash == std::string::npos ? folder : folder.substr(slash + 1);
}

Result<std::vector<std::string>> list_runs(const std::string& runs) {
  std::vector<std::string> names;
  if (!os::exists(runs)) return names;
  FORKNET_ASSIGN(const auto entries, os::list_folder(runs));
  for (const std::string& entry : entries) {
    const RunPaths paths{runs + "/" + entry};
    if (entry != "latest" && os::exists(paths.resolved_config())) names.push_back(entry);
  }
  sort_by_start(runs, names);
  return names;
}

Result<RunPaths> find_run(const std::string& run, const std::string& runs) {
  for (const std::string& folder : {runs + "/" + run, run}) {
    // This check follows links, so that the error can name a link that is refused.
    if (run.empty() || !os::exists(folder + "/config.resolved.toml")) continue;
    FORKNET_TRY(os::check_folder(folder));
    return RunPaths{named_folder(folder)};
  }
  FORKNET_ASSIGN(const auto names, list_runs(runs));
  if (run == "latest" && !names.empty()) return RunPaths{runs + "/" + names.back()};
  std::string message = fmt::format("{}: there is no such run", printable(run, 200));
  if (names.empty()) {
    message += fmt::format("; {} holds none", runs);
  } else {
    message += fmt::format(" in {} (the newest: {}; see: forknet runs ls)", runs, names.back());
  }
  return Error{ErrorKind::usage, message};
}

RunFolder::RunFolder(RunPaths paths, os::FileLock lock, RunLog log)
    : paths_(std::move(paths)),
      lock_(std::move(lock)),
      log_(std::move(log)),
      checkpoints_(paths_.checkpoints()) {}

Status RunFolder::check(const RunConfig& config, const std::optional<std::string>& exact) {
  FORKNET_TRY(os::can_make_folder(config.dir));
  if (!exact) return {};
  FORKNET_TRY(check_name(*exact));
  const std::string path = config.dir + "/" + *exact;
  if (os::exists(path)) return taken(path);
  return {};
}

Result<RunFolder> RunFolder::create(const RunConfig& config,
                                    const std::optional<std::string>& exact) {
  FORKNET_TRY(os::make_folder(config.dir, kPrivate, true));
  FORKNET_ASSIGN(const std::string folder,
                 exact ? make_named_folder(config, *exact) : make_dated_folder(config));
  FORKNET_FAILPOINT("folder/made");
  auto made = open(RunPaths{folder});
  if (!made.ok()) {  // it is not a run yet, and its name would stay taken
    std::error_code not_empty;
    std::filesystem::remove_all(folder, not_empty);
    return made.error();
  }
  RunFolder opened = std::move(*made);
  // A convenience: without it (another user's link, a file system without links) the run goes on.
  const Status linked = os::replace_link(config.dir + "/latest", opened.paths().name());
  if (!linked.ok()) {
    opened.warning_ = linked.error().message + "; \"latest\" does not name this run: use " +
                      opened.paths().name();
  }
  return opened;
}

Result<RunFolder> RunFolder::open(const RunPaths& given) {
  RunPaths paths = given;
  FORKNET_ASSIGN(paths.held, os::hold_folder(os::FilePath(given.folder)));
  auto lock = os::FileLock::acquire(paths.lock());
  if (!lock.ok()) return as_going_on(lock.error(), paths);
  FORKNET_ASSIGN(auto log, RunLog::open(paths.log()));
  return RunFolder(paths, std::move(*lock), std::move(log));
}

Status RunFolder::begin(std::uint64_t step, std::uint64_t epochs, std::int64_t keep) {
  checkpoints_ = store::CheckpointFolder(paths_.checkpoints(), keep);
  FORKNET_TRY(checkpoints_.prepare());
  FORKNET_TRY(os::remove_stray_temporaries(paths_.place()));  // of a process that was killed
  FORKNET_ASSIGN(metrics_, MetricsLog::open(paths_.metrics(), step, epochs));
  // Syncs names just made, or made by a process that died before it synced them.
  FORKNET_TRY(os::sync_folder(paths_.place()));
  FORKNET_TRY(os::sync_folder(os::folder_of(paths_.folder)));
  FORKNET_TRY(os::remove_file(paths_.summary()));
  return {};
}

Status RunFolder::metrics(const Metrics& metrics) { return metrics_->append(metrics); }

Status RunFolder::checkpoint(std::uint64_t step, std::span<const store::NamedTensor> tensors,
                             const store::RunState& state) {
  // The metrics first: after a power cut there must be no checkpoint without the lines before it.
  if (const Status synced = metrics_->sync(); !synced.ok()) {
    log_.line("warning: " + synced.error().message);
  }
  FORKNET_TRY(checkpoints_.save(static_cast<std::int64_t>(step), tensors, state));
  log_.line(fmt::format("checkpoint at step {}", step));
  return {};
}

bool RunFolder::has_checkpoint(std::uint64_t step) const {
  return os::exists(checkpoints_.path_of(static_cast<std::int64_t>(step)));
}

Status RunFolder::model(const ModelState& model) { return write_model(model, paths_.model()); }

void RunFolder::status(const Snapshot& snapshot) {
  if (on_status_) on_status_(snapshot);
  const Status written =
      os::replace_file(paths_.status(), status_json(paths_.name(), snapshot) + "\n");
  if (!written.ok() && !status_failed_) log_.line("warning: " + written.error().message);
  status_failed_ = !written.ok();
}

void RunFolder::state_kept(const std::string& text) {
  log_.line(text);
  if (on_state_) on_state_(text);
}

Result<Edited> RunFolder::reread() { return reread_config(paths_); }

Status RunFolder::keep_edited(const Edited& edited) {
  std::vector<Setting> stored;  // not optimizer.lr: a resume reads its changes from changes.json
  for (const Setting& setting : edited.settings) {
    if (find_key(setting.path)->may_change) stored.push_back(setting);
    if (setting.path != "checkpoint.keep") continue;
    checkpoints_ = store::CheckpointFolder(paths_.checkpoints(), edited.config.checkpoint.keep);
  }
  FORKNET_TRY(keep_settings(stored, "reload"));
  return os::write_durably(paths_.given_config(), edited.text);
}

Status RunFolder::keep_settings(const std::vector<Setting>& settings, const std::string& source) {
  return store_settings(paths_, settings, source);
}

Status RunFolder::keep_rates(const RateChanges& changes) {
  return write_rates(paths_.rates(), changes);
}

Result<std::shared_ptr<const ModelState>> RunFolder::best_model() {
  return read_model(paths_.model());
}

}  // namespace forknet::run
