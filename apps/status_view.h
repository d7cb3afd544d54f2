// What status.json of a run says, for the commands that show it.
#pragma once

#include <forknet/result.h>
#include <forknet/train.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "session/run_folder.h"

namespace forknet::apps {

// "failed" or "killed" takes the place of the state where a run has left it behind. Error
// (data): it is no status.
[[nodiscard]] Result<nlohmann::json> read_status(const run::RunPaths& paths);
// It goes on, or rests until somebody lets it go on.
[[nodiscard]] bool is_alive(const nlohmann::json& status);

// One line of ASCII, whatever text the file or a name holds.
[[nodiscard]] std::string plain_json(const nlohmann::json& object);
// The text, the number as text, or "-" where there is none of that name.
[[nodiscard]] std::string text_at(const nlohmann::json& object, const char* key);

// May throw nlohmann::json::exception: another version's file.
[[nodiscard]] std::vector<CellReport> cells_of(const nlohmann::json& status);
// "run NAME: running, step 120 of 2,400, …"
[[nodiscard]] std::string headline_of(const nlohmann::json& status);

}  // namespace forknet::apps
