#include "sweep/outcome.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "os/file.h"
#include "os/file_lock.h"
#include "session/run_folder.h"
#include "state/recovered.h"
#include "train/summary.h"

namespace forknet::sweep {
namespace {

using nlohmann::json;

constexpr std::size_t kMostText = std::size_t{1} << 24;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr int kStoppedRun = 75;

template <class Number>
Number number_at(const json& object, const char* key, Number otherwise) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<Number>() : otherwise;
}

void take_figures(const json& summary, const std::string& set, Outcome& outcome) {
  const auto figures = summary.find(set);
  if (figures == summary.end() || !figures->is_object()) return;
  for (const auto& [name, value] : figures->items()) {
    if (value.is_number()) outcome.figures[set + "/" + name] = value.get<double>();
    if (value.is_null()) outcome.figures[set + "/" + name] = kNan;
  }
}

void take_error(const json& summary, Outcome& outcome) {
  const auto error = summary.find("error");
  const bool has = error != summary.end() && error->is_object();
  const json object = has ? *error : json::object();
  const auto message = object.find("message");
  const bool said = message != object.end() && message->is_string();
  outcome.exit_code = number_at(object, "exit_code", static_cast<int>(ErrorKind::internal));
  outcome.error = Error{static_cast<ErrorKind>(outcome.exit_code),
                        said ? message->get<std::string>() : "the run failed"};
}

bool take_state(const json& summary, Outcome& outcome) {
  using State = Outcome::State;
  static constexpr std::pair<std::string_view, std::pair<State, int>> kStates[] = {
      {"finished", {State::finished, 0}},
      {"diverged", {State::diverged, static_cast<int>(ErrorKind::diverged)}},
      {"stopped", {State::stopped, kStoppedRun}},
      {"failed", {State::failed, static_cast<int>(ErrorKind::internal)}}};
  const auto state = summary.find("state");
  if (state == summary.end() || !state->is_string()) return false;
  const auto* const found =
      std::find_if(std::begin(kStates), std::end(kStates),
                   [&](const auto& known) { return known.first == state->get<std::string>(); });
  if (found == std::end(kStates)) return false;
  outcome.state = found->second.first;
  outcome.exit_code = found->second.second;
  return true;
}

}  // namespace

std::optional<double> Outcome::figure(std::string_view name) const {
  const auto found = figures.find(name);
  return found == figures.end() ? std::nullopt : std::optional(found->second);
}

std::string_view state_word(Outcome::State state) {
  switch (state) {
    case Outcome::State::finished:
      return "finished";
    case Outcome::State::diverged:
      return "diverged";
    case Outcome::State::stopped:
      return "stopped";
    case Outcome::State::failed:
      return "failed";
  }
  return "";
}

std::optional<Outcome> outcome_of(const std::string& text) {
  const json summary = json::parse(text, nullptr, false);
  Outcome outcome;
  if (!summary.is_object() || !take_state(summary, outcome)) return std::nullopt;
  outcome.steps = number_at(summary, "steps", std::uint64_t{0});
  outcome.epochs = number_at(summary, "epochs", std::uint64_t{0});
  outcome.train_seconds = number_at(summary, "train_seconds", 0.0);
  outcome.samples_per_second = number_at(summary, "samples_per_second", 0.0);
  const auto digest = summary.find("weights_digest");
  if (digest != summary.end() && digest->is_string()) {
    outcome.weights_digest = digest->get<std::string>();
  }
  const auto ended_by = summary.find("ended_by");
  outcome.accurate = ended_by != summary.end() && *ended_by == run::kAccurate;
  for (const char* set : {"train", "validation", "test"}) take_figures(summary, set, outcome);
  if (outcome.state == Outcome::State::failed) take_error(summary, outcome);
  return outcome;
}

Outcome failed(Error error) {
  Outcome outcome;
  outcome.state = Outcome::State::failed;
  outcome.exit_code = static_cast<int>(error.kind);
  outcome.error = std::move(error);
  return outcome;
}

namespace {

// Between its first moment and the lock, the folder of a new run holds nothing but the lock's file.
// Longer than a process takes from the one to the other.
bool is_being_made(const run::RunPaths& paths) {
  constexpr auto kMaking = std::chrono::seconds(5);
  const auto names = os::list_folder(paths.folder);
  const std::string lock = os::name_of(paths.lock().text());
  const bool bare = names.ok() && std::all_of(names->begin(), names->end(),
                                              [&](const auto& name) { return name == lock; });
  if (!bare) return false;
  std::error_code error;
  const auto changed = std::filesystem::last_write_time(paths.folder, error);
  return !error && std::filesystem::file_time_type::clock::now() - changed < kMaking;
}

}  // namespace

Found look_at(const std::string& folder) {
  const run::RunPaths paths{folder};
  const auto owned = [&] { return os::FileLock::holder(paths.lock()).has_value(); };
  if (owned()) return {Found::Place::busy, {}};
  if (!os::exists(folder)) return {Found::Place::free, {}};
  if (!os::exists(paths.resolved_config())) {
    // It may have been locked since.
    const bool busy = is_being_made(paths) || owned();
    return {busy ? Found::Place::busy : Found::Place::other, {}};
  }
  Found found = {Found::Place::begun, {}};
  if (const auto text = os::read_file(paths.summary(), kMostText); text.ok()) {
    found.outcome = outcome_of(*text);
  }
  if (!found.outcome) return found;
  const bool ended = found.outcome->state == Outcome::State::finished ||
                     found.outcome->state == Outcome::State::diverged;
  if (ended) found.place = Found::Place::ended;
  return found;
}

std::string changed_since(const std::string& folder, const std::vector<std::string>& files) {
  std::error_code error;
  // Written when the data had been read.
  const auto read = std::filesystem::last_write_time(run::RunPaths{folder}.meta().text(), error);
  if (error) return "";
  for (const std::string& file : files) {
    const auto written = std::filesystem::last_write_time(file, error);
    if (!error && written > read) return file;
  }
  return "";
}

Live live_of(const std::string& folder) {
  const run::RunPaths paths{folder};
  Live live;
  live.loss = kNan;
  const auto text = os::read_file(paths.status(), kMostText);
  const json status = text.ok() ? json::parse(*text, nullptr, false) : json();
  if (status.is_object()) {
    live.step = number_at(status, "step", std::uint64_t{0});
    live.steps = number_at(status, "steps", std::uint64_t{0});
    live.epoch = number_at(status, "epoch", std::uint64_t{0});
    live.loss = live.step > 0 ? number_at(status, "loss", kNan) : kNan;
    live.samples_per_second = number_at(status, "samples_per_second", 0.0);
  }
  // The file may be a second old.
  if (const auto committed = run::committed_in({folder})) live.step = *committed;
  return live;
}

}  // namespace forknet::sweep
