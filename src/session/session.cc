#include "session/session.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "base/try.h"
#include "os/cpu.h"
#include "os/durable_file.h"
#include "os/file.h"
#include "session/last_state.h"
#include "session/meta.h"
#include "session/resume_length.h"
#include "session/room.h"
#include "session/same_data.h"
#include "session/stored_config.h"
#include "session/worker_trial.h"
#include "settings/resume.h"
#include "settings/write.h"
#include "state/progress_state.h"
#include "train/model/model_file.h"
#include "train/model/tensors.h"
#include "train/orders/control_server.h"
#include "train/summary.h"

namespace forknet::run {
namespace {

// Notes also go to the log.
TrainOptions with_log(const TrainOptions& options, const RunLog& log) {
  TrainOptions logged = options;
  logged.on_note = [&log, notify = options.on_note](const std::string& text) {
    log.line(text);
    if (notify) notify(text);
  };
  return logged;
}

void log_result(const RunLog& log, const TrainResult& result) {
  std::string text = fmt::format("{} at step {}, weights {}", state_name(result.state),
                                 result.steps, result.weights_digest);
  if (result.best) {
    text += fmt::format(", model of epoch {}: best {} {:.6g}", result.best->epoch,
                        result.best->metric, result.best->value);
  }
  log.line(text);
}

// Receives orders to the run, as soon as its folder exists.
struct LiveControl {
  Orders orders;
  std::unique_ptr<ControlServer> server;  // null: it could not be started
};

std::unique_ptr<LiveControl> start_control(RunFolder& folder, const SessionOptions& options) {
  auto control = std::make_unique<LiveControl>();
  auto server = ControlServer::start(
      folder.paths().place(), control->orders, options.signals,
      [&folder](const std::string& text) { folder.log().line(text); }, options.service);
  const std::string fault = server.ok() ? (*server)->fault() : server.error().message;
  if (server.ok()) control->server = std::move(*server);
  if (!fault.empty()) with_log(options.train, folder.log()).on_note("warning: " + fault);
  if (options.service != nullptr) {
    folder.notify_status([&service = *options.service, first = true](const Snapshot& now) mutable {
      service.tell(service_text(now, std::exchange(first, false)));
    });
  }
  return control;
}

// Adds how to continue, if steps were trained: the run's state or its checkpoints have them.
Error with_resume_hint(Error error, const RunPaths& paths, std::uint64_t steps) {
  const bool has_hint = error.message.find("--resume") != std::string::npos;
  const bool kept = error.kind == ErrorKind::internal || error.kind == ErrorKind::cell;
  if (!kept || has_hint || steps == 0) return error;
  error.message += fmt::format(
      "\n  the steps that were trained are kept; continue with: forknet train --resume {}",
      paths.word());
  return error;
}

Result<SessionResult> train_in_folder(RunFolder& folder, const Prepared& prepared,
                                      const SessionOptions& options, const Start& start) {
  ProgressState first;
  if (start.live != nullptr) {
    first = start.live->progress;
  } else if (start.resume != nullptr) {
    FORKNET_ASSIGN(first, progress_of(*start.resume));
  }
  const Origin origin = {start.live != nullptr ? start.live->committed : first.step,
                         start.live != nullptr};
  FORKNET_TRY(folder.begin(first.step, first.epochs_closed, prepared.config.checkpoint.keep));
  folder.log().line(fmt::format("training {} from step {}", prepared.plan.describe(), origin.step));
  if (!prepared.data.in_memory.empty()) folder.log().line(prepared.data.in_memory);
  folder.notify_state(options.on_state);
  TrainOptions logged = with_log(options.train, folder.log());
  std::uint64_t steps = origin.step;
  logged.on_metrics = [&steps, show = logged.on_metrics](const Metrics& metrics) {
    steps = metrics.step;
    if (show) show(metrics);
  };
  if (options.on_log) options.on_log(logged.on_note);
  if (options.on_start) options.on_start(folder.paths(), prepared, origin);
  Start complete = start;
  FORKNET_ASSIGN(complete.rates, read_rates(folder.paths().rates()));
  show_warnings(prepared, logged);
  if (const auto shortage = shortage_of(prepared, folder.paths())) logged.on_note(*shortage);
  auto trained = train_prepared(prepared, logged, &folder, complete);
  if (!trained.ok()) {
    folder.log().line(trained.error().message);
    const Error error = with_resume_hint(trained.error(), folder.paths(), steps);
    const std::string summary = failure_json(folder.paths().name(), error);
    (void)os::write_durably(folder.paths().summary(), summary + "\n");
    if (options.on_failure) options.on_failure(summary);
    return error;
  }
  log_result(folder.log(), *trained);
  SessionResult session;
  session.run = folder.paths().name();
  session.folder = folder.paths().folder;
  session.summary = summary_json(session.run, *trained);
  const Status written = os::write_durably(folder.paths().summary(), session.summary + "\n");
  if (!written.ok()) return with_resume_hint(written.error(), folder.paths(), steps);
  remove_state(*folder.state_place());  // all of its content is durable now
  session.result = std::move(*trained);
  return session;
}

Result<std::optional<store::Checkpoint>> newest_checkpoint(const RunPaths& paths,
                                                           const store::Note& note) {
  const store::CheckpointFolder folder(paths.checkpoints());
  std::optional<store::Checkpoint> newest;
  FORKNET_ASSIGN(const auto steps, folder.steps());
  if (steps.empty()) return newest;
  FORKNET_ASSIGN(newest, folder.load_newest(note));
  return newest;
}

// A resume or a reload may come from another folder.
std::optional<std::string> absolute_path(const std::optional<std::string>& path) {
  std::error_code error;
  if (!path) return path;
  const auto absolute = std::filesystem::absolute(*path, error);
  return error ? *path : absolute.lexically_normal().string();
}

// The run has finished and the settings ask for no further steps.
bool nothing_to_do(const std::string& summary, const Resolved& settings, const Prepared& prepared) {
  const auto result = nlohmann::json::parse(summary, nullptr, false);
  const auto state = result.find("state");
  const auto steps = result.find("steps");
  if (state == result.end() || steps == result.end() || *state != "finished") return false;
  const auto ended_by = result.find("ended_by");
  const bool out_of_time = ended_by != result.end() && *ended_by == kOutOfTime;
  const bool asked = out_of_time || !settings.notes.empty();
  return !asked || *steps >= planned_steps(prepared);
}

// Writes the files that make a folder a run. If that fails, removes the folder to free its name.
Status describe_run(const RunPaths& paths, const Prepared& prepared, const Resolved& settings,
                    const std::string& given, const SessionOptions& options) {
  const auto write = [&]() -> Status {
    const auto config = absolute_path(options.config_file);
    FORKNET_TRY(os::write_durably(paths.given_config(), given));
    const std::string resolved = resolved_text(settings);
    const std::string meta = with_config_digests(meta_json(prepared, options.init_from, config),
                                                 {config_digest(resolved)});
    FORKNET_TRY(os::write_durably(paths.meta(), meta));
    // Last, because a folder with this file counts as a run.
    return os::write_durably(paths.resolved_config(), resolved);
  };
  Status written = write();
  std::error_code error;
  if (!written.ok()) std::filesystem::remove_all(paths.folder, error);
  return written;
}

}  // namespace

Result<std::optional<store::SafetensorsFile>> open_first_weights(
    const std::optional<std::string>& path, const nn::ModelPlan& plan) {
  std::optional<store::SafetensorsFile> file;
  if (!path) return file;
  FORKNET_ASSIGN(file, store::SafetensorsFile::open(*path));
  FORKNET_TRY(file->verify());
  FORKNET_TRY(check_members(*file, plan.members));
  FORKNET_TRY(check_parameters(*file, plan, ""));
  return file;
}

Result<SessionResult> start_session(const Resolved& settings, const std::string& given,
                                    const SessionOptions& options) {
  FORKNET_ASSIGN(Prepared prepared,
                 prepare(settings.config, options.train.on_reading, settings.config.run.dir));
  FORKNET_ASSIGN(const auto init, open_first_weights(options.init_from, prepared.plan));
  // Errors before the folder is made.
  FORKNET_TRY(check_until(prepared, options.train));
  if (const auto layout = layout_of(prepared); !layout.ok()) return layout.error();
  if (options.on_loaded) options.on_loaded();
  choose_workers(prepared, os::cpu_budget());
  FORKNET_ASSIGN(RunFolder folder, RunFolder::create(settings.config.run, options.name));
  const RunPaths& paths = folder.paths();
  const Resolved used =
      with_layout_of(with_init(settings, prepared.config.model.init), prepared.config);
  FORKNET_TRY(describe_run(paths, prepared, used, given, options));
  if (!folder.warning().empty()) {
    with_log(options.train, folder.log()).on_note("warning: " + folder.warning());
  }
  const auto control = start_control(folder, options);
  return train_in_folder(folder, prepared, options,
                         {nullptr, init ? &*init : nullptr, nullptr, &control->orders});
}

Result<SessionResult> resume_session(const RunPaths& given, const Overrides& overrides,
                                     const SessionOptions& options) {
  FORKNET_ASSIGN(RunFolder folder, RunFolder::open(given));
  const RunPaths& paths = folder.paths();
  const auto control = start_control(folder, options);  // orders wait until the data has been read
  FORKNET_ASSIGN(const std::string meta, read_meta(paths));
  FORKNET_ASSIGN(const std::string stored, read_stored_config(paths, meta));
  FORKNET_ASSIGN(Resolved settings,
                 resolve_resume(stored, paths.resolved_config().text(), overrides));
  FORKNET_ASSIGN(SameData data,
                 prepare_again(settings.config, meta, paths.meta().text(), options.train.on_reading,
                               os::folder_of(paths.folder)));
  Prepared& prepared = data.prepared;
  const store::Note note = with_log(options.train, folder.log()).on_note;
  if (options.on_loaded) options.on_loaded();
  FORKNET_ASSIGN(const auto checkpoint, newest_checkpoint(paths, note));
  FORKNET_ASSIGN(const auto live, last_state(*folder.state_place(), prepared, checkpoint, note));
  if (!checkpoint && !live && had_init(meta)) {
    return Error{ErrorKind::data, paths.folder +
                                      ": the run ended before its first weights (--init-from) were "
                                      "stored; start it again"};
  }
  if (os::exists(paths.summary())) {
    FORKNET_ASSIGN(std::string summary, os::read_file(paths.summary(), kMostText));
    while (!summary.empty() && summary.back() == '\n') summary.pop_back();
    if (nothing_to_do(summary, settings, prepared)) {
      // The run may have been killed before it removed these.
      remove_state(*folder.state_place());
      FORKNET_TRY(os::remove_stray_temporaries(paths.place()));
      return SessionResult{paths.name(), paths.folder, summary, true, std::nullopt};
    }
  }
  const std::uint64_t done = live         ? live->committed
                             : checkpoint ? static_cast<std::uint64_t>(checkpoint->step)
                                          : 0;
  FORKNET_TRY(check_length(prepared, done));
  choose_workers(prepared, os::cpu_budget());
  settings = with_layout_of(std::move(settings), prepared.config);
  for (const auto* notes : {&settings.notes, &data.notes}) {
    for (const std::string& text : *notes) note(text);
  }
  FORKNET_ASSIGN(const Resolved before, resolve_text(stored, paths.resolved_config().text(), {}));
  FORKNET_ASSIGN(const RateChanges rates, read_rates(paths.rates()));
  if (const auto text = rate_note(before.config, prepared, rates, done)) note(*text);
  FORKNET_TRY(
      write_stored_config(paths, updated_config(stored, paths.resolved_config().text(), settings)));
  return train_in_folder(
      folder, prepared, options,
      {checkpoint ? &*checkpoint : nullptr, nullptr, live ? &*live : nullptr, &control->orders});
}

}  // namespace forknet::run
