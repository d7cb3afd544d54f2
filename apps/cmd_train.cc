// forknet train: trains a new run from a config, or resumes one that was stopped or killed.
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "apps/commands.h"
#include "apps/dry_run.h"
#include "apps/output.h"
#include "base/try.h"
#include "os/cpu.h"
#include "os/durable_file.h"
#include "os/file.h"
#include "os/process.h"
#include "os/run_signals.h"
#include "os/stop_signals.h"
#include "os/terminal.h"
#include "report/json_lines.h"
#include "report/progress.h"
#include "report/result_text.h"
#include "report/text.h"
#include "report/trace_json.h"
#include "session/room.h"
#include "session/session.h"
#include "settings/layout.h"
#include "settings/resume.h"
#include "store/checkpoint.h"
#include "train/summary.h"

namespace forknet::apps {
namespace {

constexpr int kStopped = 75;

report::ProgressStyle style_of(const TrainCommand& options) {
  return {os::is_terminal(os::Stream::error), options.quiet, os::terminal_width()};
}

// The first notes of a run, once its folder exists.
void announce(const run::RunPaths& paths, const run::Prepared& prepared, const run::Origin& origin,
              report::Progress& progress) {
  const auto& config = prepared.config;
  const auto layout = run::layout_of(prepared);
  const GridConfig grid = layout.ok() ? run::settled(config.grid, *layout) : config.grid;
  progress.note(fmt::format("run {}: {}, {} parameters, {} rows, batch {}, {} kernels, {}",
                            paths.name(), prepared.plan.describe(),
                            report::grouped(prepared.plan.parameters),
                            report::grouped(prepared.data.train.size()), config.train.batch,
                            math::target_name(prepared.target), report::layout_text(grid)));
  if (origin.step == 0) return;
  progress.note(fmt::format("continuing from {} step {}",
                            origin.committed ? "the last" : "the checkpoint at",
                            report::grouped(origin.step)));
}

// After a stop the user waits for the end: a reader that takes nothing delays it at most this long.
constexpr std::int64_t kStoppedWait = 1'000'000'000;

std::string text_of(const TrainCommand& options, const run::SessionResult& session) {
  if (options.json != Json::off) return session.summary + "\n";
  if (session.was_finished) {
    return fmt::format("run {} had finished; nothing to do (its result: {})\n", session.run,
                       run::RunPaths{session.folder}.summary().text());
  }
  return report::result_text(session.run, session.folder, *session.result);
}

// What remains of a run that diverged.
std::string kept_checkpoint(const run::SessionResult& session) {
  const auto steps = store::CheckpointFolder(run::RunPaths{session.folder}.checkpoints()).steps();
  if (!steps.ok() || steps->empty()) return "no checkpoint was written before that";
  return fmt::format("the newest checkpoint is that of step {}", steps->back());
}

int exit_code(const run::SessionResult& session, report::Progress& progress) {
  if (!session.result) return 0;
  switch (session.result->state) {
    case TrainResult::State::finished:
      return 0;
    case TrainResult::State::stopped:
      return kStopped;
    case TrainResult::State::diverged:
      progress.note(
          fmt::format("forknet: the loss is not finite at step {}\n"
                      "  a smaller optimizer.lr, warm-up steps or scaled inputs may help; {}",
                      session.result->steps, kept_checkpoint(session)));
      return static_cast<int>(ErrorKind::diverged);
  }
  return 1;
}

// --trace. If the trace cannot be written, the run still succeeds.
void write_trace(const run::RunPaths& paths, const RunTrace& trace, report::Progress& progress,
                 bool quiet) {
  const Status written = os::write_durably(paths.trace(), report::trace_json(paths.name(), trace));
  if (!written.ok()) {
    progress.note("warning: the trace could not be written: " + written.error().message);
  } else if (!quiet) {
    const std::string lost =
        trace.lost == 0 ? "" : fmt::format(", {} older ones given up", report::grouped(trace.lost));
    progress.note(fmt::format("trace: {} spans{} in {} (open it at ui.perfetto.dev)",
                              report::grouped(trace.spans.size()), lost, paths.trace().text()));
  }
}

// The output of --json=lines, once the run has a name, and the JSON result of a failed run.
struct Lines {
  std::string failure = {};
  std::unique_ptr<report::JsonLines> out;  // null: no lines
  store::Note note;

  // False: not all of them could be written.
  bool finish(report::Progress& progress, std::int64_t timeout_ns) const {
    const int failed = out ? out->finish(timeout_ns) : 0;
    if (failed == 0) return true;
    if (failed == EPIPE) return false;  // the reader closed the pipe
    progress.note(fmt::format(
        "forknet: stdout: the lines of --json=lines are not complete: {}",
        failed == ETIMEDOUT ? "they were not read" : std::generic_category().message(failed)));
    return false;
  }
};

run::SessionOptions session_options(const TrainCommand& options, const os::StopSignals& signals,
                                    report::Progress& progress, Lines& lines) {
  run::SessionOptions session;
  session.name = options.run;
  session.train.stop = &signals.requested();
  session.train.until_accuracy = options.until_accuracy;
  session.train.on_note = [&](const std::string& text) { progress.note(text); };
  session.train.on_reading = [&](const std::string& file, std::uint64_t done, std::uint64_t all) {
    progress.show_reading(file, done, all);
  };
  auto paths = std::make_shared<run::RunPaths>();
  session.train.on_metrics = [&progress, &lines](const Metrics& metrics) {
    if (lines.out && metrics.kind != Metrics::Kind::tick) lines.out->show(metrics, lines.note);
    progress.show(metrics);
  };
  session.on_log = [&lines](const store::Note& note) { lines.note = note; };
  session.on_start = [&options, &progress, &lines, paths](const run::RunPaths& given,
                                                          const run::Prepared& prepared,
                                                          const run::Origin& origin) {
    *paths = given;
    if (options.json == Json::lines) lines.out.reset(new report::JsonLines(given.name()));
    if (!options.quiet) announce(given, prepared, origin, progress);
  };
  if (!options.quiet) {
    session.on_state = [&progress](const std::string& text) { progress.note(text); };
  }
  if (options.json != Json::off) {
    session.on_failure = [&lines](const std::string& summary) { lines.failure = summary + "\n"; };
  }
  if (options.trace) {
    session.train.on_trace = [&options, &progress, paths](const RunTrace& trace) {
      write_trace(*paths, trace, progress, options.quiet);
    };
  }
  return session;
}

Result<run::SessionResult> start(const TrainCommand& options, const run::Resolved& settings,
                                 const run::SessionOptions& session) {
  FORKNET_ASSIGN(const auto given,
                 os::read_file(options.config, run::kMostConfigBytes, ErrorKind::config));
  run::SessionOptions named = session;
  named.config_file = options.config;
  return run::start_session(settings, given, named);
}

Result<run::SessionResult> resume(const TrainCommand& options, const run::SessionOptions& session) {
  FORKNET_ASSIGN(const auto paths, run::find_run(*options.resume, options.runs));
  return run::resume_session(paths, options.overrides, session);
}

}  // namespace

int run_train(const TrainCommand& options) {
  const auto service = os::ServiceManager::from_environment();
  os::StopSignals signals;
  // While data is read there is nothing to save: a new run has nothing yet, and a resumed run is
  // unchanged.
  signals.end_at_once(options.resume ? std::optional(kStopped) : std::nullopt);
  const auto run_signals = os::RunSignals::open();
  os::BackgroundWriter errors(os::Stream::error, report::limits_of_stderr(true));
  report::Progress progress(style_of(options), errors);
  Lines lines;
  auto session = session_options(options, signals, progress, lines);
  if (run_signals.ok()) {
    session.signals = &*run_signals;
  } else {
    progress.note("warning: " + run_signals.error().message + "\n  USR1, USR2 and HUP end the run");
  }
  if (service.listens()) session.service = &service;
  session.on_loaded = [&] { signals.wish(); };
  Result<run::SessionResult> result = Error{};
  if (options.resume) {
    result = resume(options, session);
  } else {
    const auto settings = run::resolve_file(options.config, options.overrides);
    if (!settings.ok()) {
      progress.finish();  // the notes come first
      return fail(settings.error());
    }
    for (const std::string& note : settings->notes) progress.note(note);
    if (options.init_from) {
      const auto path = model_path(*options.init_from, settings->config.run.dir);
      if (!path.ok()) {
        progress.finish();
        return fail(path.error());
      }
      session.init_from = path->text();
    }
    if (options.dry_run) {
      progress.finish();
      return dry_run(options, *settings, session.init_from);
    }
    result = start(options, *settings, session);
  }
  // All is stored. The rest only waits for readers, and a signal may end that.
  signals.end_at_once();
  if (!result.ok()) progress.note("forknet: " + result.error().message);
  progress.finish();
  const std::int64_t wait = signals.requested() != 0 ? kStoppedWait : -1;
  const bool complete = lines.finish(progress, wait);
  const bool read = complete || wait < 0;  // else nothing that follows would be read
  if (!result.ok()) {
    if (read && !lines.failure.empty()) print_within(lines.failure, wait);
    return static_cast<int>(result.error().kind);
  }
  if (read) print_within(text_of(options, *result), wait);
  const int code = exit_code(*result, progress);
  progress.finish();
  return code == 0 && !complete ? static_cast<int>(ErrorKind::internal) : code;
}

}  // namespace forknet::apps
