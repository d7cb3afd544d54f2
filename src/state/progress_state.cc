#include "state/progress_state.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nn/metrics/list.h"
#include "state/evaluation_json.h"

namespace forknet::run {
namespace {

using nlohmann::json;

json tally_json(const Tally& tally) {
  json object = {{"loss", tally.loss}, {"correct", tally.correct}, {"rows", tally.rows}};
  if (tally.weight > 0) {
    object["weight"] = tally.weight;
    object["correct_weight"] = tally.correct_weight;
  }
  return object;
}

json digest_json(const std::array<char, 32>& digest) {
  if (digest[0] == 0) return "";
  if (digest[0] == kUnknownDigest) return std::string(1, kUnknownDigest);
  return std::string(digest.begin(), digest.end());
}

void parse_best(const json& object, ProgressState& state) {
  if (object.contains("best")) state.best = object.at("best").get<double>();
  state.best_step = object.at("best_step").get<std::uint64_t>();
  state.evaluations_since_best = object.at("evaluations_since_best").get<std::uint64_t>();
  state.best_validation = parse_evaluation(object.value("best_validation", json()));
  const auto digest = object.value("best_digest", std::string(1, kUnknownDigest));
  if (digest.size() == 1) state.best_digest[0] = kUnknownDigest;
  if (digest.size() == state.best_digest.size()) {
    std::copy(digest.begin(), digest.end(), state.best_digest.begin());
  }
}

json schedule_json(const ScheduleMemory& memory) {
  json object = {{"evaluations_since_best", memory.evaluations_since_best}};
  if (memory.best) object["best"] = *memory.best;
  return object;
}

ScheduleMemory parse_schedule(const json& object) {
  ScheduleMemory memory;
  memory.evaluations_since_best = object.at("evaluations_since_best").get<std::uint64_t>();
  if (object.contains("best")) memory.best = object.at("best").get<double>();
  return memory;
}

Tally parse_tally(const json& object) {
  return {{object.at("loss").get<double>(), object.at("correct").get<std::uint64_t>(),
           object.at("rows").get<std::uint64_t>(), object.value("weight", 0.0),
           object.value("correct_weight", 0.0)}};
}

}  // namespace

Evaluation Tally::means(bool counts_classes) const {
  Evaluation evaluation;
  evaluation.rows = rows;
  if (rows == 0) return evaluation;
  evaluation.loss = loss / all();
  if (counts_classes) evaluation.accuracy = hits() / all();
  return evaluation;
}

std::string to_json(const ProgressState& state) {
  json object = {{"step", state.step},
                 {"epochs_closed", state.epochs_closed},
                 {"epoch", tally_json(state.epoch)},
                 {"interval", tally_json(state.interval)},
                 {"last_epoch", to_json(state.last_epoch)},
                 {"validation", to_json(state.validation)},
                 {"best_step", state.best_step},
                 {"best_validation", to_json(state.best_validation)},
                 {"best_digest", digest_json(state.best_digest)},
                 {"evaluations_since_best", state.evaluations_since_best},
                 {"schedule", schedule_json(state.schedule)},
                 {"reached", state.reached},
                 {"accurate", state.accurate},
                 {"train_seconds", state.train_seconds}};
  if (state.best) object["best"] = *state.best;
  if (state.best_metric != 0) {
    object["best_metric"] = std::string(nn::metrics()[state.best_metric - 1].name);
  }
  return object.dump();
}

std::optional<ProgressState> parse_progress(const std::string& text) {
  // The checkpoint's checksum covers the text, so a text that does not parse is of another version.
  try {
    const json object = json::parse(text);
    ProgressState state;
    state.step = object.at("step").get<std::uint64_t>();
    state.epochs_closed = object.at("epochs_closed").get<std::uint64_t>();
    state.epoch = parse_tally(object.at("epoch"));
    state.interval = parse_tally(object.at("interval"));
    const auto last = parse_evaluation(object.at("last_epoch"));
    if (!last) return std::nullopt;
    state.last_epoch = *last;
    state.validation = parse_evaluation(object.at("validation"));
    parse_best(object, state);
    // Older versions have no such schedule.
    if (object.contains("schedule")) state.schedule = parse_schedule(object.at("schedule"));
    state.reached = object.at("reached").get<bool>();
    state.accurate = object.value("accurate", false);  // older versions do not say
    state.train_seconds = object.at("train_seconds").get<double>();
    if (object.contains("best_metric")) {
      const auto* const metric = nn::find_metric(object.at("best_metric").get<std::string>());
      if (metric == nullptr) return std::nullopt;
      state.best_metric = static_cast<std::uint32_t>(nn::place_of(*metric) + 1);
    }
    return state;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

Result<ProgressState> progress_of(const store::Checkpoint& checkpoint) {
  const auto text = checkpoint.state.find(kProgressKey);
  const auto state = text == checkpoint.state.end() ? std::nullopt : parse_progress(text->second);
  if (state) return *state;
  return Error{ErrorKind::data,
               checkpoint.file.path() +
                   ": the state of its run is missing or from another version of forknet"};
}

}  // namespace forknet::run
