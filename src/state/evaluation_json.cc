#include "state/evaluation_json.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "nn/metrics/list.h"

namespace forknet::run {
namespace {

using nlohmann::json;

// A number that is not finite is written as null.
std::optional<double> number(const json& object, std::string_view key) {
  const auto found = object.find(key);
  if (found == object.end()) return std::nullopt;
  if (found->is_null()) return std::numeric_limits<double>::quiet_NaN();
  if (!found->is_number()) return std::nullopt;
  return found->get<double>();
}

}  // namespace

json to_json(const Evaluation& evaluation) {
  json object = {{"rows", evaluation.rows}};
  for (const nn::MetricEntry& metric : nn::metrics()) {
    if (const auto value = evaluation.value(metric.name)) object[std::string(metric.name)] = *value;
  }
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
  for (const nn::MetricEntry& metric : nn::metrics()) {
    if (const auto value = number(object, metric.name)) evaluation.set(metric.name, *value);
  }
  return evaluation;
}

}  // namespace forknet::run
