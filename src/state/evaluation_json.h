// An Evaluation as JSON: {"loss":…,"accuracy":…} or {"loss":…,"rmse":…,"mae":…,"r2":…}. A number
// that is not finite is null, and null is read as NaN.
#pragma once

#include <forknet/model.h>

#include <nlohmann/json_fwd.hpp>
#include <optional>

namespace forknet::run {

[[nodiscard]] nlohmann::json to_json(const Evaluation& evaluation);
[[nodiscard]] nlohmann::json to_json(const std::optional<Evaluation>& evaluation);  // or null
[[nodiscard]] std::optional<Evaluation> parse_evaluation(const nlohmann::json& object);

}  // namespace forknet::run
