#include "report/sweep_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/printable.h"
#include "os/file.h"
#include "report/text.h"
#include "settings/value.h"

namespace forknet::report {
namespace {

using sweep::Outcome;
using sweep::Plan;
using sweep::Ranked;
using sweep::Ranking;
using sweep::Spread;
using sweep::Standing;
using sweep::Sweep;
using Rows = std::vector<std::vector<std::string>>;

// A value of the metric.
std::string shown(const Ranking& ranking, double value) {
  if (ranking.metric == "time") return fmt::format("{:.2f} s", value);
  return ranking.is_share ? percent(value) : figure(value);
}

std::string shown(const Ranking& ranking, const std::optional<Spread>& value,
                  double Spread::*which) {
  return value ? shown(ranking, (*value).*which) : "-";
}

std::string seconds(const std::optional<Spread>& value) {
  return value ? fmt::format("{:.2f} s", value->median) : "-";
}

// The same metric of the test rows, beside that of the validation rows.
std::string test_metric(const Ranking& ranking) {
  constexpr std::string_view kValidation = "validation/";
  if (!ranking.metric.starts_with(kValidation)) return "";
  return "test/" + ranking.metric.substr(kValidation.size());
}

std::optional<Spread> spread_of_test(const Sweep& sweep, const Ranking& ranking,
                                     const Ranked& row) {
  std::vector<double> values;
  for (const std::size_t trial : row.trials) {
    const auto& outcome = sweep.trials()[trial].outcome;
    if (!outcome || outcome->state != Outcome::State::finished) continue;
    if (const auto value = outcome->figure(test_metric(ranking))) values.push_back(*value);
  }
  return sweep::spread_of(std::move(values));
}

std::string state_of(const Standing& standing) {
  if (standing.outcome) return std::string(sweep::state_word(standing.outcome->state));
  return "not trained";
}

// "finished", or "4 of 5 finished, diverged".
std::string states_of(const Sweep& sweep, const Ranked& row) {
  if (row.trials.size() == 1) return state_of(sweep.trials()[row.trials.front()]);
  std::string others;
  for (const std::size_t trial : row.trials) {
    const std::string state = state_of(sweep.trials()[trial]);
    const bool named = others.find(state) != std::string::npos;
    if (state != "finished" && !named) others += ", " + state;
  }
  return fmt::format("{} of {} finished{}", row.finished, row.trials.size(), others);
}

std::string until_of(const Plan& plan, const Ranked& row) {
  if (row.finished == 0) return "-";
  if (row.reached == 0) return "not reached";
  const std::string time = seconds(row.until_seconds);
  const bool all = row.reached == row.finished;
  return plan.seeds == 1 || all ? time
                                : fmt::format("{} ({} of {})", time, row.reached, row.finished);
}

// The columns of the table at the end.
class EndTable {
 public:
  EndTable(const Sweep& sweep, const Ranking& ranking)
      : sweep_(sweep), plan_(sweep.plan()), ranking_(ranking) {}

  std::string text() {
    head();
    Rows rows;
    for (const Ranked& row : ranking_.variants) rows.push_back(cells(row));
    return table(header_, rows);
  }

 private:
  void head() {
    const bool has_config = plan_.configs.size() > 1 || plan_.axes.empty();
    if (has_config) header_.emplace_back("config");
    for (const sweep::Axis& axis : plan_.axes) header_.push_back(axis.key);
    const std::string metric = ranking_.metric.empty() ? "result" : ranking_.metric;
    header_.push_back(metric);
    if (plan_.seeds > 1) header_.insert(header_.end(), {"deviation", "median"});
    if (!test_metric(ranking_).empty()) header_.push_back(test_metric(ranking_));
    if (plan_.until_accuracy) header_.push_back(fmt::format("time to {}", *plan_.until_accuracy));
    header_.insert(header_.end(), {"time", "state"});
    if (plan_.seeds == 1) header_.emplace_back("run");
  }

  std::vector<std::string> cells(const Ranked& row) {
    const sweep::Variant& variant = plan_.variants[row.variant];
    std::vector<std::string> cells;
    if (plan_.configs.size() > 1 || plan_.axes.empty()) cells.push_back(variant.config);
    for (const auto& [key, value] : variant.settings) cells.push_back(sweep::shown_value(value));
    cells.push_back(shown(ranking_, row.value, &Spread::mean));
    if (plan_.seeds > 1) {
      cells.push_back(shown(ranking_, row.value, &Spread::deviation));
      cells.push_back(shown(ranking_, row.value, &Spread::median));
    }
    if (!test_metric(ranking_).empty()) {
      cells.push_back(shown(ranking_, spread_of_test(sweep_, ranking_, row), &Spread::mean));
    }
    if (plan_.until_accuracy) cells.push_back(until_of(plan_, row));
    cells.push_back(seconds(row.seconds));
    cells.push_back(states_of(sweep_, row));
    if (plan_.seeds == 1) {
      const std::string& folder = sweep_.trials()[row.trials.front()].trial.folder;
      cells.push_back(folder.empty() ? "-" : os::name_of(folder));
    }
    return cells;
  }

  const Sweep& sweep_;
  const Plan& plan_;
  const Ranking& ranking_;
  std::vector<std::string> header_;
};

std::string name_of(const Plan& plan, const sweep::Trial& trial) {
  std::string name = plan.label(trial.variant);
  if (plan.seeds > 1 && !trial.fault) name += fmt::format(", seed {}", trial.seed);
  return name;
}

// What failed, each with its message.
std::string failures(const Sweep& sweep) {
  std::string text;
  for (const Standing& standing : sweep.trials()) {
    if (!standing.outcome || standing.outcome->state != Outcome::State::failed) continue;
    text += fmt::format("{}: failed: {}\n", name_of(sweep.plan(), standing.trial),
                        standing.outcome->error->message);
  }
  return text;
}

// Results that would be others today.
std::string changes(const Sweep& sweep) {
  for (const Standing& standing : sweep.trials()) {
    if (standing.changed.empty()) continue;
    return fmt::format(
        "note: {} has changed since {} was trained\n  the runs that there are were not trained "
        "again; "
        "another --run NAME trains all of them\n",
        standing.changed, os::name_of(standing.trial.folder));
  }
  return "";
}

std::size_t count_ended(const Sweep& sweep) {
  return static_cast<std::size_t>(std::count_if(
      sweep.trials().begin(), sweep.trials().end(),
      [](const Standing& standing) { return standing.state == Standing::State::ended; }));
}

std::string pace_of(const Sweep& sweep) {
  const sweep::SideBySide& pace = sweep.side_by_side();
  std::string text = fmt::format("{} at a time", pace.allowed());
  if (pace.gain()) text += fmt::format(", {:.2f} x the work of one", *pace.gain());
  return text;
}

std::string headline(const Sweep& sweep) {
  const auto elsewhere = std::count_if(
      sweep.trials().begin(), sweep.trials().end(),
      [](const Standing& standing) { return standing.state == Standing::State::elsewhere; });
  return fmt::format("{}: {} of {} runs have ended, {}{}\n", sweep.plan().name, count_ended(sweep),
                     sweep.trials().size(), pace_of(sweep),
                     elsewhere == 0 ? "" : fmt::format(", {} trained elsewhere", elsewhere));
}

std::vector<std::string> live_cells(const Sweep& sweep, const Standing& standing) {
  const sweep::Live& live = standing.live;
  return {std::to_string(live.epoch),
          live.steps == 0 ? "-" : fmt::format("{}/{}", live.step, live.steps),
          std::isnan(live.loss) ? "-" : figure(live.loss),
          live.samples_per_second > 0 ? grouped_rate(live.samples_per_second) : "-",
          name_of(sweep.plan(), standing.trial)};
}

std::string best_so_far(const Sweep& sweep, const Ranking& ranking) {
  if (ranking.variants.empty() || !ranking.variants.front().value) return "";
  const Ranked& best = ranking.variants.front();
  return fmt::format("best so far: {} {} of {}\n", ranking.metric,
                     shown(ranking, best.value->median), sweep.plan().label(best.variant));
}

std::string cut_lines(const std::string& text, std::size_t columns) {
  std::string cut;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    cut += text.substr(begin, std::min(end - begin, columns)) + "\n";
    begin = end + 1;
  }
  return cut;
}

}  // namespace

std::string sweep_text(const Sweep& sweep, const Ranking& ranking) {
  std::string text = EndTable(sweep, ranking).text() + failures(sweep) + changes(sweep);
  if (!ranking.missing.empty()) {
    text +=
        fmt::format("not sorted: no run that has finished has the metric {}\n", ranking.missing);
  }
  if (sweep.stopped()) {
    text += fmt::format("stopped: {} of {} runs have ended; the same words continue the others\n",
                        count_ended(sweep), sweep.trials().size());
  }
  return text;
}

std::string live_sweep_text(const Sweep& sweep, const Ranking& ranking, std::size_t columns,
                            std::size_t rows) {
  constexpr std::size_t kAround = 4;  // headline, header, best, cursor
  const std::size_t room = rows > kAround ? rows - kAround : 1;
  Rows lines;
  for (const Standing& standing : sweep.trials()) {
    if (standing.state != Standing::State::trains || lines.size() == room) continue;
    lines.push_back(live_cells(sweep, standing));
  }
  return cut_lines(printable_lines(headline(sweep) +
                                   table({"epoch", "step", "loss", "samples/s", "run"}, lines) +
                                   best_so_far(sweep, ranking)),
                   columns);
}

std::string ended_text(const Sweep& sweep, const Ranking& ranking, std::size_t trial) {
  const Standing& standing = sweep.trials()[trial];
  const Outcome& outcome = *standing.outcome;
  std::string text =
      fmt::format("{} of {}: {}: {}", count_ended(sweep), sweep.trials().size(),
                  name_of(sweep.plan(), standing.trial), sweep::state_word(outcome.state));
  if (standing.reused) text += " before";
  if (const auto value = outcome.figure(ranking.metric)) {
    text += fmt::format(", {} {}", ranking.metric, shown(ranking, *value));
  }
  if (outcome.error)
    text += ": " + outcome.error->message.substr(0, outcome.error->message.find('\n'));
  if (outcome.state == Outcome::State::finished) {
    text += fmt::format(", {} of training", duration(outcome.train_seconds));
  }
  return text;
}

}  // namespace forknet::report
