// The folder of one run (docs/formats.md), mode 0700, and the folder of all runs with its link
// "latest". The process that holds the lock of a folder owns it; others only read.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "os/file_lock.h"
#include "os/file_path.h"
#include "session/metrics_log.h"
#include "session/run_log.h"
#include "settings/limits.h"
#include "store/checkpoint.h"
#include "train/recorder.h"

namespace forknet::run {

// The paths of the files of a run: names in a private folder, in which no link is followed
// (os/file_path.h).
struct RunPaths {
  std::string folder;
  std::optional<os::FilePath> held =
      std::nullopt;  // the open folder, in the process that owns the run
  [[nodiscard]] os::FilePath place() const { return held ? *held : os::FilePath(folder); }
  [[nodiscard]] os::FilePath given_config() const { return place() / "config.toml"; }
  [[nodiscard]] os::FilePath resolved_config() const { return place() / "config.resolved.toml"; }
  [[nodiscard]] os::FilePath rates() const { return place() / "changes.json"; }
  [[nodiscard]] os::FilePath meta() const { return place() / "meta.json"; }
  [[nodiscard]] os::FilePath metrics() const { return place() / "metrics.jsonl"; }
  [[nodiscard]] os::FilePath summary() const { return place() / "summary.json"; }
  [[nodiscard]] os::FilePath status() const { return place() / "status.json"; }
  [[nodiscard]] os::FilePath log() const { return place() / "log.txt"; }
  [[nodiscard]] os::FilePath trace() const { return place() / "trace.json"; }
  [[nodiscard]] os::FilePath checkpoints() const { return place() / "checkpoints"; }
  [[nodiscard]] os::FilePath model() const { return place() / "model.safetensors"; }
  [[nodiscard]] os::FilePath lock() const { return place() / "run.lock"; }
  // The last part of the folder's path.
  [[nodiscard]] std::string name() const;
  // The argument of --resume: the name if the run is in the default folder of runs, else the path.
  [[nodiscard]] std::string word() const { return folder == "runs/" + name() ? name() : folder; }
};

// RUN of the command line: a path, "latest" or a name under `runs`. If the link "latest" or its run
// is missing, "latest" is the run that was started last. Error (usage): no such run, with the
// newest one; or a link of another user that leads to a folder of a third user.
[[nodiscard]] Result<RunPaths> find_run(const std::string& run, const std::string& runs);

// Names of the runs in the folder `runs`, in the order in which they were started; none if there is
// no such folder.
[[nodiscard]] Result<std::vector<std::string>> list_runs(const std::string& runs);

class RunFolder : public Recorder {
 public:
  // Makes runs/NAME-date-time (-2 … if taken), or with `exact` runs/NAME, which must be new (Error
  // usage), takes its lock and points "latest" at it. If the link cannot be made, warning() has the
  // reason.
  [[nodiscard]] static Result<RunFolder> create(const RunConfig& config,
                                                const std::optional<std::string>& exact);
  // The error that create() would return, found without making anything.
  [[nodiscard]] static Status check(const RunConfig& config,
                                    const std::optional<std::string>& exact);
  // Opens an existing folder for a resume. Error (usage): another process owns it, or it is not
  // private to this user.
  [[nodiscard]] static Result<RunFolder> open(const RunPaths& paths);

  [[nodiscard]] const RunPaths& paths() const { return paths_; }
  [[nodiscard]] RunLog& log() { return log_; }
  [[nodiscard]] const std::string& warning() const { return warning_; }

  // `listener` is called with every snapshot.
  void notify_status(std::function<void(const Snapshot&)> listener) {
    on_status_ = std::move(listener);
  }

  // `listener` is called once the last step survives a kill, with the place of the state.
  void notify_state(std::function<void(const std::string&)> listener) {
    on_state_ = std::move(listener);
  }

  // Called before training: cuts metrics.jsonl back to `step` steps and the ends of `epochs`
  // epochs, removes the result of an earlier part of the run, sets the number of checkpoints to
  // `keep`.
  [[nodiscard]] Status begin(std::uint64_t step, std::uint64_t epochs, std::int64_t keep);

  [[nodiscard]] Status metrics(const Metrics& metrics) override;
  [[nodiscard]] Status checkpoint(std::uint64_t step, std::span<const store::NamedTensor> tensors,
                                  const store::RunState& state) override;
  [[nodiscard]] bool has_checkpoint(std::uint64_t step) const override;
  [[nodiscard]] Status model(const ModelState& model) override;
  [[nodiscard]] Result<std::shared_ptr<const ModelState>> best_model() override;
  void status(const Snapshot& snapshot) override;
  [[nodiscard]] Result<Edited> reread() override;
  [[nodiscard]] Status keep_edited(const Edited& edited) override;
  [[nodiscard]] Status keep_settings(const std::vector<Setting>& settings,
                                     const std::string& source) override;
  [[nodiscard]] Status keep_rates(const RateChanges& changes) override;
  [[nodiscard]] std::optional<StatePlace> state_place() const override {
    return StatePlace{paths_.folder, StateIn::automatic, paths_.held};
  }
  void state_kept(const std::string& text) override;

 private:
  RunFolder(RunPaths paths, os::FileLock lock, RunLog log);

  RunPaths paths_;
  os::FileLock lock_;
  RunLog log_;
  std::string warning_;  // of create(); empty: none
  store::CheckpointFolder checkpoints_;
  std::optional<MetricsLog> metrics_;
  std::function<void(const Snapshot&)> on_status_;    // may be empty
  std::function<void(const std::string&)> on_state_;  // likewise
  bool status_failed_ = false;                        // warned already; reset by the next success
};

}  // namespace forknet::run
