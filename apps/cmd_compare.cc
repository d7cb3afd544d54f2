// forknet compare --grids: one config under many layouts.
#include <cstdio>

#include "apps/commands.h"
#include "apps/output.h"
#include "os/stop_signals.h"
#include "report/comparison_text.h"
#include "report/progress.h"
#include "report/text.h"
#include "session/comparison.h"
#include "settings/value.h"

namespace forknet::apps {
namespace {

constexpr int kSignalled = 128;  // no run to resume

Result<run::Resolved> settings_of(const CompareOptions& options, const std::string& grid) {
  run::Overrides overrides = options.overrides;
  overrides.flags.push_back({"--grids", "grid.preset", run::to_toml(run::Value{grid, {}})});
  return run::resolve_file(options.configs.front(), overrides);
}

}  // namespace

int run_compare(const CompareOptions& options) {
  const os::StopSignals signals;
  TrainOptions train;
  train.stop = &signals.requested();
  train.until_accuracy = options.until_accuracy;
  os::BackgroundWriter errors(os::Stream::error, report::limits_of_stderr(false));
  report::Progress progress({}, errors);
  train.on_note = [&](const std::string& text) { progress.note(text); };
  train.on_reading = [&](const std::string& file, std::uint64_t done, std::uint64_t all) {
    progress.show_reading(file, done, all);
  };
  const auto show = [&](const run::ComparedRun& run) {
    progress.note(run.grid.preset + ": " + report::duration(run.train_seconds) + " of training");
  };
  const auto comparison = run::compare_grids(
      options.grids, [&](const std::string& grid) { return settings_of(options, grid); }, train,
      show);
  progress.finish();
  if (!comparison.ok()) return fail(comparison.error());
  if (options.json) {
    print(run::comparison_json(*comparison) + "\n");
  } else {
    print(report::comparison_text(*comparison));
  }
  (void)flush_output();  // before what follows on stderr
  if (!comparison->agrees()) return static_cast<int>(ErrorKind::comparison);
  if (comparison->diverged()) {
    return fail({ErrorKind::diverged,
                 "the loss is not finite: the run was compared up to there\n"
                 "  a smaller optimizer.lr, warm-up steps or scaled inputs may help"});
  }
  return comparison->stopped ? kSignalled + signals.requested().load() : 0;
}

}  // namespace forknet::apps
