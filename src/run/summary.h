// The result of a run as JSON, one line: what `train --json` prints and summary.json holds
// (docs/cli.md). A loss that is not finite is null.
#pragma once

#include <forknet/train.h>

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace forknet::run {

[[nodiscard]] std::string_view state_name(TrainResult::State state);  // "finished", …

[[nodiscard]] std::string summary_json(const std::string& run, const TrainResult& result);

// {"stages":1,"replicas":2,"threads":1,"host":…}: the layout of a run as it was.
[[nodiscard]] nlohmann::ordered_json layout_json(const GridConfig& grid,
                                                 std::int64_t threads_total);

// One line of `train --json=lines`.
[[nodiscard]] std::string metrics_json(const std::string& run, const Metrics& metrics);

}  // namespace forknet::run
