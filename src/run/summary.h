// The result of a run as JSON, one line: what `train --json` prints and summary.json holds
// (docs/cli.md). A loss that is not finite is null.
#pragma once

#include <forknet/train.h>

#include <cstdint>
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

// What stands among them where so many were dropped, because stdout did not take them.
[[nodiscard]] std::string dropped_json(const std::string& run, std::uint64_t lines);

}  // namespace forknet::run
