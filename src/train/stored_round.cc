#include "train/stored_round.h"

#include <bit>
#include <nlohmann/json.hpp>

#include "state/commits.h"

namespace forknet::run {
namespace {

nlohmann::json model_json(const StoredModel& model) {
  nlohmann::json figures = nlohmann::json::array();
  for (const cell::BatchSums& own : model.figures) {
    figures.push_back({std::bit_cast<std::uint64_t>(own.loss), own.correct, own.rows,
                       std::bit_cast<std::uint64_t>(own.weight),
                       std::bit_cast<std::uint64_t>(own.correct_weight)});
  }
  return {{"steps", model.steps}, {"figures", std::move(figures)}};
}

StoredModel parse_model(const nlohmann::json& entry) {
  StoredModel model = {entry.at("steps").get<std::uint64_t>(), {}};
  for (const auto& figures : entry.at("figures")) {
    const auto whole = [&](std::size_t i) { return figures.at(i).get<std::uint64_t>(); };
    const auto real = [&](std::size_t i) { return std::bit_cast<double>(whole(i)); };
    model.figures.push_back({real(0), whole(1), whole(2), real(3), real(4)});
  }
  return model;
}

StoredRound round_in(const nlohmann::json& object) {
  StoredRound round;
  round.center_step = object.at("center_step").get<std::uint64_t>();
  for (const auto& entry : object.at("left_out")) {
    round.left_out.emplace_back(entry.at(0).get<std::size_t>(), entry.at(1).get<std::uint64_t>());
  }
  if (!object.contains("apart")) return round;
  for (const auto& entry : object.at("apart")) round.apart.push_back(parse_model(entry));
  return round;
}

bool fits(const StoredRound& round, std::uint64_t step, std::size_t models) {
  if (round.center_step > step) return false;
  if (!round.apart.empty() && round.apart.size() != models) return false;
  for (const StoredModel& model : round.apart) {
    if (model.steps < round.center_step || model.figures.size() > kFigures) return false;
    if (model.figures.size() != (model.steps > step ? model.steps - step : 0)) return false;
  }
  for (const auto& [model, from] : round.left_out) {
    if (model >= models) return false;
  }
  return true;
}

}  // namespace

std::string to_json(const StoredRound& round) {
  nlohmann::json object = {{"center_step", round.center_step},
                           {"left_out", nlohmann::json::array()}};
  for (const StoredModel& model : round.apart) object["apart"].push_back(model_json(model));
  for (const auto& [model, from] : round.left_out) object["left_out"].push_back({model, from});
  return object.dump();
}

std::optional<StoredRound> parse_round(const std::string& text, std::uint64_t step,
                                       std::size_t models) {
  try {
    StoredRound round = round_in(nlohmann::json::parse(text));
    return fits(round, step, models) ? std::optional(std::move(round)) : std::nullopt;
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

}  // namespace forknet::run
