#include "state/evaluation_json.h"

#include <limits>
#include <nlohmann/json.hpp>

namespace forknet::run {
namespace {

using nlohmann::json;

// A number that is not finite is written as null.
std::optional<double> number(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return std::nullopt;
  if (found->is_null()) return std::numeric_limits<double>::quiet_NaN();
  if (!found->is_number()) return std::nullopt;
  return found->get<double>();
}

void put(json& object, const char* key, const std::optional<double>& value) {
  if (value) object[key] = *value;
}

}  // namespace

json to_json(const Evaluation& evaluation) {
  json object = {{"loss", evaluation.loss}, {"rows", evaluation.rows}};
  put(object, "accuracy", evaluation.accuracy);
  put(object, "rmse", evaluation.rmse);
  put(object, "mae", evaluation.mae);
  put(object, "r2", evaluation.r2);
  return object;
}

json to_json(const std::optional<Evaluation>& evaluation) {
  return evaluation ? to_json(*evaluation) : json(nullptr);
}

std::optional<Evaluation> parse_evaluation(const json& object) {
  if (!object.is_object() || !object.contains("rows")) return std::nullopt;
  if (!object["rows"].is_number_unsigned()) return std::nullopt;
  Evaluation evaluation;
  evaluation.rows = object["rows"].get<std::uint64_t>();
  evaluation.loss = number(object, "loss").value_or(0.0);
  evaluation.accuracy = number(object, "accuracy");
  evaluation.rmse = number(object, "rmse");
  evaluation.mae = number(object, "mae");
  evaluation.r2 = number(object, "r2");
  return evaluation;
}

}  // namespace forknet::run
