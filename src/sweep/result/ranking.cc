#include "sweep/result/ranking.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>

#include "base/nearest.h"
#include "base/printable.h"
#include "nn/metrics/list.h"

namespace forknet::sweep {
namespace {

constexpr std::string_view kTime = "time";
constexpr std::array<std::string_view, 3> kSets = {"validation", "test", "train"};
using Outcomes = std::vector<std::optional<Outcome>>;

bool is_finished(const std::optional<Outcome>& outcome) {
  return outcome && outcome->state == Outcome::State::finished;
}

bool some_has(const Outcomes& outcomes, const std::string& figure) {
  return std::any_of(outcomes.begin(), outcomes.end(), [&](const auto& outcome) {
    return is_finished(outcome) && outcome->figures.contains(figure);
  });
}

// The metric's full name; empty: no finished run has it.
std::string metric_of(const By& by, const Outcomes& outcomes) {
  if (by.name == kTime) return by.name;
  for (const std::string_view set : kSets) {
    if (!by.set.empty() && by.set != set) continue;
    for (const std::string_view name : {std::string_view("accuracy"), std::string_view("loss")}) {
      if (!by.name.empty() && name == "loss") break;  // the name was given
      auto figure = fmt::format("{}/{}", set, by.name.empty() ? name : std::string_view(by.name));
      if (some_has(outcomes, figure)) return figure;
    }
  }
  return "";
}

std::optional<double> value_of(const Outcome& outcome, const std::string& metric) {
  return metric == kTime ? std::optional(outcome.train_seconds) : outcome.figure(metric);
}

// Sorts with the best first; values that are not finite, and none, come last.
double key_of(const std::optional<Spread>& value, bool larger_is_better) {
  constexpr double kLast = std::numeric_limits<double>::infinity();
  if (!value || !std::isfinite(value->median)) return kLast;
  return larger_is_better ? -value->median : value->median;
}

// Adds up the runs of a variant.
void fill(Ranked& row, const Plan& plan, const Outcomes& outcomes, const std::string& metric) {
  std::vector<double> values;
  std::vector<double> seconds;
  std::vector<double> until;
  for (const std::size_t trial : row.trials) {
    if (!is_finished(outcomes[trial])) continue;
    const Outcome& outcome = *outcomes[trial];
    ++row.finished;
    seconds.push_back(outcome.train_seconds);
    if (const auto value = value_of(outcome, metric)) values.push_back(*value);
    if (!plan.until_accuracy || !reached(outcome, *plan.until_accuracy)) continue;
    until.push_back(outcome.train_seconds);
  }
  row.reached = until.size();
  row.value = spread_of(std::move(values));
  row.seconds = spread_of(std::move(seconds));
  row.until_seconds = spread_of(std::move(until));
}

void sort_rows(Ranking& ranking, bool by_until) {
  const auto key = [&](const Ranked& row) {
    const double value = key_of(row.value, ranking.larger_is_better);
    if (!by_until) return std::tuple(-0.0, value, 0.0);
    return std::tuple(-static_cast<double>(row.reached), key_of(row.until_seconds, false), value);
  };
  std::stable_sort(ranking.variants.begin(), ranking.variants.end(),
                   [&](const Ranked& a, const Ranked& b) { return key(a) < key(b); });
}

}  // namespace

Result<By> parse_by(const std::string& text) {
  By by;
  by.name = text;
  if (text == kTime) return by;
  if (const auto slash = text.find('/'); slash != std::string::npos) {
    by.set = text.substr(0, slash);
    by.name = text.substr(slash + 1);
  }
  const bool known_set =
      by.set.empty() || std::find(kSets.begin(), kSets.end(), by.set) != kSets.end();
  if (known_set && nn::find_metric(by.name) != nullptr) return by;
  std::string names;
  std::vector<std::string> candidates = {std::string(kTime)};
  for (const nn::MetricEntry& metric : nn::metrics()) {
    names += fmt::format("{}, ", metric.name);
    candidates.emplace_back(metric.name);
  }
  const std::string hint = did_you_mean(by.name, candidates);
  return Error{
      ErrorKind::usage,
      fmt::format("--by \"{}\" is not a metric{}\n  it is one of {}time, or with the rows, "
                  "as in validation/accuracy, test/loss, train/loss",
                  printable(text), hint.empty() ? "" : "; " + hint, names)};
}

std::optional<Spread> spread_of(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end(), [](double a, double b) {
    return std::isnan(b) ? !std::isnan(a) : a < b;  // NaN last
  });
  const auto count = static_cast<double>(values.size());
  Spread spread;
  spread.runs = values.size();
  spread.mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double squares = 0;
  for (const double value : values) squares += (value - spread.mean) * (value - spread.mean);
  if (values.size() > 1) spread.deviation = std::sqrt(squares / (count - 1));
  const std::size_t middle = values.size() / 2;
  spread.median =
      values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  spread.least = values.front();
  spread.most = values.back();
  return spread;
}

bool reached(const Outcome& outcome, double accuracy) {
  if (outcome.accurate) return true;  // the figures may be those of a better model
  for (const char* figure : {"validation/accuracy", "test/accuracy"}) {
    if (const auto value = outcome.figure(figure)) return *value >= accuracy;
  }
  return false;
}

Ranking rank(const Plan& plan, const Outcomes& outcomes, const std::optional<By>& by) {
  Ranking ranking;
  ranking.metric = metric_of(by.value_or(By{}), outcomes);
  const auto* const entry =
      nn::find_metric(std::string_view(ranking.metric).substr(ranking.metric.find('/') + 1));
  if (entry != nullptr) {
    ranking.larger_is_better = entry->larger_is_better;
    ranking.is_share = entry->is_share;
  }
  if (ranking.metric.empty() && by && std::any_of(outcomes.begin(), outcomes.end(), is_finished)) {
    ranking.missing = by->set.empty() ? by->name : by->set + "/" + by->name;
  }
  ranking.variants.resize(plan.variants.size());
  for (std::size_t trial = 0; trial < plan.trials.size(); ++trial) {
    ranking.variants[plan.trials[trial].variant].trials.push_back(trial);
  }
  for (std::size_t variant = 0; variant < plan.variants.size(); ++variant) {
    Ranked& row = ranking.variants[variant];
    row.variant = variant;
    fill(row, plan, outcomes, ranking.metric);
  }
  sort_rows(ranking, plan.until_accuracy && !by);
  return ranking;
}

Ranking rank(const Sweep& sweep, const std::optional<By>& by) {
  Outcomes outcomes;
  for (const Standing& standing : sweep.trials()) outcomes.push_back(standing.outcome);
  return rank(sweep.plan(), outcomes, by);
}

}  // namespace forknet::sweep
