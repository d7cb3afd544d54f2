// forknet compare with several configs, --vary or --seeds: runs side by side.
#include <fmt/format.h>

#include <algorithm>

#include "apps/commands.h"
#include "apps/output.h"
#include "base/clock.h"
#include "base/printable.h"
#include "os/background_writer.h"
#include "os/service_manager.h"
#include "os/stop_signals.h"
#include "os/terminal.h"
#include "report/progress.h"
#include "report/sweep_text.h"
#include "sweep/result/sweep_json.h"

namespace forknet::apps {
namespace {

constexpr int kStoppedSweep = 75;
constexpr std::int64_t kDrawNs = 100'000'000;

// What is shown on stderr: on a terminal a table that is redrawn, and lines above it that stay.
class Screen {
 public:
  Screen() : out_(os::Stream::error, report::limits_of_stderr(false)) {}

  [[nodiscard]] bool draws() const { return terminal_; }
  void note(const std::string& text) {
    (void)out_.write(erasing() + printable_lines(text) + "\n");
    lines_ = 0;
  }
  // `text`: safe to print.
  void draw(const std::string& text) {
    drawn_ns_ = monotonic_ns();
    if (out_.offer(erasing() + text)) lines_ = std::count(text.begin(), text.end(), '\n');
  }
  [[nodiscard]] bool draw_due() const { return terminal_ && monotonic_ns() - drawn_ns_ >= kDrawNs; }
  // Before other output.
  void finish() {
    if (lines_ > 0) (void)out_.write(erasing());
    lines_ = 0;
    constexpr std::int64_t kLastMomentNs = 1'000'000'000;
    (void)out_.wait(kLastMomentNs);
  }

 private:
  [[nodiscard]] std::string erasing() const {
    return lines_ > 0 ? fmt::format("\033[{}A\r\033[J", lines_) : "";
  }
  const bool terminal_ = os::is_terminal(os::Stream::error);
  os::BackgroundWriter out_;
  std::int64_t lines_ = 0;  // of the drawn table
  std::int64_t drawn_ns_ = 0;
};

// Shows a sweep while it trains.
class Viewer {
 public:
  Viewer(const CompareOptions& options, const std::atomic<int>& stop, Screen& screen)
      : options_(options), stop_(stop), screen_(screen) {}

  void look(const sweep::Sweep& sweep) {
    const sweep::SideBySide& pace = sweep.side_by_side();
    if (pace.settled() && pace.gain() && !told_pace_) {
      told_pace_ = true;
      screen_.note(fmt::format("{} runs at a time do {:.2f} times the work of one", pace.allowed(),
                               *pace.gain()));
    }
    if (stop_.load() != 0 && !told_stop_) {
      told_stop_ = true;
      screen_.note("stopping: the runs save and end");
    }
    tell_elsewhere(sweep);
    if (!screen_.draw_due()) return;
    screen_.draw(report::live_sweep_text(sweep, sweep::rank(sweep, options_.by),
                                         static_cast<std::size_t>(os::terminal_width()),
                                         static_cast<std::size_t>(os::terminal_height())));
  }
  void ended(const sweep::Sweep& sweep, std::size_t trial) {
    screen_.note(report::ended_text(sweep, sweep::rank(sweep, options_.by), trial));
  }

 private:
  // Otherwise nothing would say why nothing happens.
  void tell_elsewhere(const sweep::Sweep& sweep) {
    for (const sweep::Standing& standing : sweep.trials()) {
      if (standing.state != sweep::Standing::State::elsewhere || told_elsewhere_) continue;
      told_elsewhere_ = true;
      screen_.note(fmt::format("another process trains {}: its result is waited for",
                               standing.trial.folder));
    }
  }

  const CompareOptions& options_;
  const std::atomic<int>& stop_;
  Screen& screen_;
  bool told_elsewhere_ = false;
  bool told_pace_ = false;
  bool told_stop_ = false;
};

// A loss that is not finite is a result like others, unless nothing else came out.
int exit_code(const sweep::Sweep& sweep) {
  if (sweep.stopped()) return kStoppedSweep;
  int code = static_cast<int>(ErrorKind::diverged);
  for (const sweep::Standing& standing : sweep.trials()) {
    using State = sweep::Outcome::State;
    const sweep::Outcome& outcome = *standing.outcome;
    if (outcome.state == State::failed || outcome.state == State::stopped) return outcome.exit_code;
    if (outcome.state == State::finished) code = 0;
  }
  return code;
}

}  // namespace

int run_sweep(const CompareOptions& options) {
  // The runs must not speak to it in this process's name.
  (void)os::ServiceManager::from_environment();
  auto plan = sweep::plan_of({options.configs, options.axes, options.seeds, options.run,
                              options.until_accuracy, options.overrides});
  if (!plan.ok()) return fail(plan.error());
  const os::StopSignals signals;
  Screen screen;
  for (const std::string& note : plan->notes) screen.note(note);
  sweep::Sweep sweep(std::move(*plan), signals.requested());
  Viewer viewer(options, signals.requested(), screen);
  const Status trained =
      sweep.train([&](const sweep::Sweep& now) { viewer.look(now); },
                  [&](const sweep::Sweep& now, std::size_t trial) { viewer.ended(now, trial); });
  screen.finish();
  if (!trained.ok()) return fail(trained.error());
  const sweep::Ranking ranking = sweep::rank(sweep, options.by);
  print(options.json ? sweep::sweep_json(sweep, ranking) + "\n"
                     : report::sweep_text(sweep, ranking));
  return exit_code(sweep);
}

}  // namespace forknet::apps
