// The result of a run as JSON, one line: what `train --json` prints and summary.json holds
// (docs/cli.md). A loss that is not finite is null.
#pragma once

#include <forknet/train.h>

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "os/file_path.h"

namespace forknet::run {

inline constexpr std::string_view kOutOfTime = "max_seconds";  // "ended_by" of a run
inline constexpr std::string_view kAccurate = "until";  // likewise: as accurate as --until asks

[[nodiscard]] std::string_view state_name(TrainResult::State state);  // "finished", …

// For a run that ended with an error:
// {"run":…,"state":"failed","error":{"exit_code":5,"message":…}}; "stopped" if it was stopped and
// could not save.
[[nodiscard]] std::string failure_json(const std::string& run, const Error& error);
// The error in such a summary.json; nothing if the file holds none.
[[nodiscard]] std::optional<Error> read_failure(const os::FilePath& path);

[[nodiscard]] std::string summary_json(const std::string& run, const TrainResult& result);

// {"stages":1,"replicas":2,"threads":1,"host":…}: the final layout of a run.
[[nodiscard]] nlohmann::ordered_json layout_json(const GridConfig& grid,
                                                 std::int64_t threads_total);

// One line of `train --json=lines`.
[[nodiscard]] std::string metrics_json(const std::string& run, const Metrics& metrics);

// Stands in for `lines` such lines that were dropped because stdout did not accept them.
[[nodiscard]] std::string dropped_json(const std::string& run, std::uint64_t lines);

}  // namespace forknet::run
