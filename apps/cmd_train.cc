// forknet train: a run from a config, or the rest of one that was stopped or killed.
#include <fmt/format.h>

#include <cmath>
#include <cstdio>

#include "apps/commands.h"
#include "os/cpu.h"
#include "os/durable_file.h"
#include "os/file.h"
#include "os/run_signals.h"
#include "os/stop_signals.h"
#include "os/terminal.h"
#include "report/progress.h"
#include "report/result_text.h"
#include "report/text.h"
#include "report/trace_json.h"
#include "run/layout.h"
#include "run/session.h"
#include "run/settings/resume.h"
#include "run/settings/write.h"
#include "run/summary.h"

namespace forknet::apps {
namespace {

constexpr int kStopped = 75;

report::ProgressStyle style_of(const TrainCommand& options) {
  return {os::is_terminal(os::Stream::error), options.quiet, os::terminal_width()};
}

// How the run, once it exists, presents itself.
void announce(const run::RunPaths& paths, const run::Prepared& prepared,
              const run::Origin& origin) {
  const auto& config = prepared.config;
  const auto layout = run::layout_of(prepared);
  const GridConfig grid = layout.ok() ? run::settled(config.grid, *layout) : config.grid;
  std::fprintf(stderr, "run %s: %s, %s parameters, %s rows, batch %lld, %s kernels, %s\n",
               paths.name().c_str(), prepared.plan.describe().c_str(),
               report::grouped(prepared.plan.parameters).c_str(),
               report::grouped(prepared.data.train.size()).c_str(),
               static_cast<long long>(config.train.batch),
               std::string(math::target_name(prepared.target)).c_str(),
               report::layout_text(grid).c_str());
  if (origin.step == 0) return;
  std::fprintf(stderr, "going on from %s step %s\n",
               origin.committed ? "the last" : "the checkpoint at",
               report::grouped(origin.step).c_str());
}

void print_result(const TrainCommand& options, const run::SessionResult& session) {
  if (options.json != Json::off) {
    std::printf("%s\n", session.summary.c_str());
  } else if (session.was_finished) {
    std::printf("run %s had finished; nothing to do (its result: %s)\n", session.run.c_str(),
                run::RunPaths{session.folder}.summary().c_str());
  } else {
    std::fputs(report::result_text(session.run, session.folder, *session.result).c_str(), stdout);
  }
  std::fflush(stdout);
}

int exit_code(const run::SessionResult& session) {
  if (!session.result) return 0;
  switch (session.result->state) {
    case TrainResult::State::finished:
      return 0;
    case TrainResult::State::stopped:
      return kStopped;
    case TrainResult::State::diverged:
      std::fprintf(stderr,
                   "forknet: the loss is not finite any more at step %llu\n"
                   "  a smaller optimizer.lr, warm-up steps or scaled inputs may help; the last "
                   "checkpoint is kept\n",
                   static_cast<unsigned long long>(session.result->steps));
      return static_cast<int>(ErrorKind::diverged);
  }
  return 1;
}

// --dry-run: everything is read and checked, nothing is made.
int dry_run(const run::Resolved& settings) {
  const auto prepared = run::prepare(settings.config);
  if (!prepared.ok()) return fail(prepared.error());
  for (const std::string& warning : prepared->data.warnings) {
    std::fprintf(stderr, "%s\n", warning.c_str());
  }
  std::fputs(run::resolved_text(settings).c_str(), stdout);
  std::printf("# %s: %s parameters, %s training rows, %s steps, %s kernels, about %s of memory\n",
              prepared->plan.describe().c_str(), report::grouped(prepared->plan.parameters).c_str(),
              report::grouped(prepared->data.train.size()).c_str(),
              report::grouped(run::planned_steps(*prepared)).c_str(),
              std::string(math::target_name(prepared->target)).c_str(),
              report::bytes(run::training_bytes(*prepared)).c_str());
  return 0;
}

// --trace. A run whose trace cannot be written is a run all the same.
void write_trace(const run::RunPaths& paths, const RunTrace& trace, report::Progress& progress,
                 bool quiet) {
  const Status written = os::write_durably(paths.trace(), report::trace_json(paths.name(), trace));
  if (!written.ok()) {
    progress.note("warning: the trace could not be written: " + written.error().message);
  } else if (!quiet) {
    const std::string lost =
        trace.lost == 0 ? "" : fmt::format(", {} older ones given up", report::grouped(trace.lost));
    progress.note(fmt::format("trace: {} spans{} in {} (open it at ui.perfetto.dev)",
                              report::grouped(trace.spans.size()), lost, paths.trace()));
  }
}

run::SessionOptions session_options(const TrainCommand& options, const os::StopSignals& signals,
                                    report::Progress& progress) {
  run::SessionOptions session;
  session.name = options.run;
  session.init_from = options.init_from;
  session.train.stop = &signals.requested();
  session.train.until_accuracy = options.until_accuracy;
  session.train.on_note = [&](const std::string& text) { progress.note(text); };
  auto paths = std::make_shared<run::RunPaths>();
  session.train.on_metrics = [&options, &progress, paths](const Metrics& metrics) {
    if (options.json == Json::lines && metrics.kind != Metrics::Kind::tick) {
      std::printf("%s\n", run::metrics_json(paths->name(), metrics).c_str());
      std::fflush(stdout);
    }
    progress.show(metrics);
  };
  session.on_start = [&options, paths](const run::RunPaths& given, const run::Prepared& prepared,
                                       const run::Origin& origin) {
    *paths = given;
    if (!options.quiet) announce(given, prepared, origin);
  };
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
  // While data is read there is nothing to save: of a new run nothing is there yet, and a run that
  // goes on stays what it was.
  signals.end_at_once(options.resume ? std::optional(kStopped) : std::nullopt);
  const auto run_signals = os::RunSignals::open();
  report::Progress progress(style_of(options));
  auto session = session_options(options, signals, progress);
  if (run_signals.ok()) session.signals = &*run_signals;
  if (service.listens()) session.service = &service;
  session.on_loaded = [&] { signals.wish(); };
  Result<run::SessionResult> result = Error{};
  if (options.resume) {
    result = resume(options, session);
  } else {
    const auto settings = run::resolve_file(options.config, options.overrides);
    if (!settings.ok()) return fail(settings.error());
    for (const std::string& note : settings->notes) progress.note(note);
    if (options.dry_run) return dry_run(*settings);
    result = start(options, *settings, session);
  }
  progress.finish();
  if (!result.ok()) return fail(result.error());
  print_result(options, *result);
  return exit_code(*result);
}

}  // namespace forknet::apps
