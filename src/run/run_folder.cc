#include "run/run_folder.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/clock.h"
#include "os/file.h"
#include "run/model_file.h"

namespace forknet::run {
namespace {

constexpr unsigned kPrivate = 0700;
constexpr int kMostNumbered = 10000;

// runs/NAME-date-time, or with -2, -3 … behind it: the first that is new. Making the folder is what
// decides, so two programs started in the same second never share one.
Result<std::string> make_dated_folder(const RunConfig& config) {
  const std::string stem = config.dir + "/" + config.name + "-" + run_timestamp();
  for (int number = 1; number < kMostNumbered; ++number) {
    const std::string path = number == 1 ? stem : fmt::format("{}-{}", stem, number);
    FORKNET_ASSIGN(const bool made, os::make_folder(path, kPrivate));
    if (made) return path;
  }
  return Error{ErrorKind::usage, stem + ": there are too many runs of this name; use --run NAME"};
}

Result<std::string> make_named_folder(const RunConfig& config, const std::string& name) {
  const bool plain = !name.empty() && name.find('/') == std::string::npos && name.front() != '.' &&
                     name != "latest";
  if (!plain) {
    return Error{
        ErrorKind::usage,
        fmt::format("--run \"{}\": a name is wanted, without '/' and not \"latest\"", name)};
  }
  const std::string path = config.dir + "/" + name;
  FORKNET_ASSIGN(const bool made, os::make_folder(path, kPrivate));
  if (!made) {
    return Error{ErrorKind::usage,
                 path +
                     ": this run exists already; choose another --run NAME, or go on with it by "
                     "--resume " +
                     name};
  }
  return path;
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
  return names;
}

Result<RunPaths> find_run(const std::string& run, const std::string& runs) {
  for (const std::string& folder : {runs + "/" + run, run}) {
    const RunPaths paths{folder};
    if (!run.empty() && os::exists(paths.resolved_config())) {
      if (run != "latest") return paths;
      std::error_code error;
      const auto target = std::filesystem::read_symlink(folder, error);
      if (error) return Error{ErrorKind::internal, folder + ": " + error.message()};
      return RunPaths{runs + "/" + target.string()};
    }
  }
  FORKNET_ASSIGN(const auto names, list_runs(runs));
  std::string message = fmt::format("{}: there is no such run", run);
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

Result<RunFolder> RunFolder::create(const RunConfig& config,
                                    const std::optional<std::string>& exact) {
  FORKNET_TRY(os::make_folder(config.dir, kPrivate, true));
  FORKNET_ASSIGN(const std::string folder,
                 exact ? make_named_folder(config, *exact) : make_dated_folder(config));
  FORKNET_ASSIGN(auto opened, open(RunPaths{folder}));
  FORKNET_TRY(os::replace_link(config.dir + "/latest", opened.paths().name()));
  return opened;
}

Result<RunFolder> RunFolder::open(const RunPaths& paths) {
  FORKNET_ASSIGN(auto lock, os::FileLock::acquire(paths.lock()));
  FORKNET_ASSIGN(auto log, RunLog::open(paths.log()));
  return RunFolder(paths, std::move(lock), std::move(log));
}

Status RunFolder::begin(std::uint64_t step, std::int64_t keep) {
  checkpoints_ = store::CheckpointFolder(paths_.checkpoints(), keep);
  FORKNET_TRY(checkpoints_.prepare());
  FORKNET_ASSIGN(metrics_, MetricsLog::open(paths_.metrics(), step));
  return {};
}

Status RunFolder::metrics(const Metrics& metrics) { return metrics_->append(metrics); }

Status RunFolder::checkpoint(std::uint64_t step, std::span<const store::NamedTensor> tensors,
                             const store::RunState& state) {
  FORKNET_TRY(checkpoints_.save(static_cast<std::int64_t>(step), tensors, state));
  log_.line(fmt::format("checkpoint at step {}", step));
  return {};
}

Status RunFolder::model(const ModelState& model) { return write_model(model, paths_.model()); }

Result<std::shared_ptr<const ModelState>> RunFolder::best_model() {
  return read_model(paths_.model());
}

}  // namespace forknet::run
