// A run of the program: its folder, its log, its record of what it ran on, training in it, and
// going on with it later.
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
  // Nothing was to do: the run had finished before. `result` is absent then.
  bool was_finished = false;
  std::optional<TrainResult> result;
};

// Where a run begins or goes on.
struct Origin {
  std::uint64_t step = 0;
  bool committed = false;  // the last step of the run; else its checkpoint, or its beginning
};

struct SessionOptions {
  TrainOptions train;
  // Called once the run folder exists, before the first step.
  std::function<void(const RunPaths&, const Prepared&, const Origin&)> on_start;
  // Called before that, with what writes a note into the run's log and hands it to train.on_note;
  // it may be used until the session has ended.
  std::function<void(const store::Note&)> on_log;
  // Called with summary.json of a run that ended with an error after its folder was made.
  std::function<void(const std::string& summary)> on_failure;
  // Called once the last step survives a kill, with where it lies and what would cost it.
  std::function<void(const std::string&)> on_state;
  // Called when the data has been read, before a new run's folder is made.
  std::function<void()> on_loaded;
  const os::RunSignals* signals = nullptr;      // that ask the run for something
  const os::ServiceManager* service = nullptr;  // that is told how the run stands
  std::optional<std::string> name;              // --run
  std::optional<std::string> init_from;         // --init-from
  // Of a new run: the path of its config file, which is read again when somebody asks for that.
  std::optional<std::string> config_file;
};

// The file of a new run's first weights, opened, verified and checked against the model; nothing
// without a path.
[[nodiscard]] Result<std::optional<store::SafetensorsFile>> open_first_weights(
    const std::optional<std::string>& path, const nn::ModelPlan& plan);

// Starts a new run. `given` is the config file's text, stored beside the resolved one.
[[nodiscard]] Result<SessionResult> start_session(const Resolved& settings,
                                                  const std::string& given,
                                                  const SessionOptions& options);

// Goes on with a run from the last step that it committed, if its state has survived, else from its
// newest good checkpoint, or from its first step without one.
[[nodiscard]] Result<SessionResult> resume_session(const RunPaths& paths,
                                                   const Overrides& overrides,
                                                   const SessionOptions& options);

}  // namespace forknet::run
