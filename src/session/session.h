// A run of the program: makes its folder with log and meta.json, trains in it, and resumes it.
#pragma once

#include <forknet/result.h>
#include <forknet/train.h>

#include <functional>
#include <optional>
#include <string>

#include "os/run_signals.h"
#include "os/service_manager.h"
#include "session/prepare.h"
#include "session/run_folder.h"
#include "settings/resolve.h"

namespace forknet::run {

struct SessionResult {
  std::string run;  // its name
  std::string folder;
  std::string summary;  // JSON, one line
  // The run had finished before, so there was nothing to do; `result` is absent.
  bool was_finished = false;
  std::optional<TrainResult> result;
};

// Where a run begins or continues.
struct Origin {
  std::uint64_t step = 0;
  bool committed = false;  // from the last step of the run; else from a checkpoint or the beginning
};

struct SessionOptions {
  TrainOptions train;
  // Called once the run folder exists, before the first step.
  std::function<void(const RunPaths&, const Prepared&, const Origin&)> on_start;
  // Called before on_start, with a function that writes a note into the run's log and passes it to
  // train.on_note; valid until the session ends.
  std::function<void(const store::Note&)> on_log;
  // Called with summary.json of a run that ended with an error after its folder was made.
  std::function<void(const std::string& summary)> on_failure;
  // Called once the last step survives a kill, with the place of the state and what would lose it.
  std::function<void(const std::string&)> on_state;
  // Called when the data has been read, before a new run's folder is made.
  std::function<void()> on_loaded;
  const os::RunSignals* signals = nullptr;      // orders to the run; may be null
  const os::ServiceManager* service = nullptr;  // notified of the run's state; may be null
  std::optional<std::string> name;              // --run
  std::optional<std::string> init_from;         // --init-from
  // Of a new run: the path of its config file, which `forknet reload` reads again.
  std::optional<std::string> config_file;
};

// Opens the file of a new run's first weights, verifies it and checks it against the model; nothing
// without a path.
[[nodiscard]] Result<std::optional<store::SafetensorsFile>> open_first_weights(
    const std::optional<std::string>& path, const nn::ModelPlan& plan);

// Starts a new run. `given`: the text of the config file, stored with the resolved one.
[[nodiscard]] Result<SessionResult> start_session(const Resolved& settings,
                                                  const std::string& given,
                                                  const SessionOptions& options);

// Resumes a run from its last committed step if its state has survived, else from its newest good
// checkpoint, or without one from its first step.
[[nodiscard]] Result<SessionResult> resume_session(const RunPaths& paths,
                                                   const Overrides& overrides,
                                                   const SessionOptions& options);

}  // namespace forknet::run
