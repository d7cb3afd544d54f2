// Reads status.json of a run, for the commands that show it.
#pragma once

#include <forknet/result.h>
#include <forknet/train.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "session/run_folder.h"

namespace forknet::apps {

// The status; if the run is dead, its state is replaced by "failed" or "killed". Error (data): the
// file is not a status.
[[nodiscard]] Result<nlohmann::json> read_status(const run::RunPaths& paths);
// Whether the run trains, is paused or held, or is stopping.
[[nodiscard]] bool is_alive(const nlohmann::json& status);

// One line of ASCII, also for text that is not.
[[nodiscard]] std::string plain_json(const nlohmann::json& object);
// The value of `key` as text; "-": there is none.
[[nodiscard]] std::string text_at(const nlohmann::json& object, const char* key);

// May throw nlohmann::json::exception: another version's file.
[[nodiscard]] std::vector<CellReport> cells_of(const nlohmann::json& status);
// "run NAME: running, step 120 of 2,400, …"
[[nodiscard]] std::string headline_of(const nlohmann::json& status);

}  // namespace forknet::apps
