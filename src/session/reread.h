// Reads the config file that a run was started from again while the run trains. Only edits since
// the last reading apply; settings from --set, the environment or a resume stay. For that the run
// folder keeps the text that was read last (config.toml).
#pragma once

#include <forknet/result.h>

#include <string>
#include <vector>

#include "session/run_folder.h"
#include "settings/resolve.h"

namespace forknet::run {

// Error: the file is missing, is not a valid config, or has an edit of a setting that cannot change
// while a run trains; then the caller must apply none of the edits.
[[nodiscard]] Result<Edited> reread_config(const RunPaths& paths);

// Stores the settings in config.resolved.toml, for a later resume. `source`: their source there.
[[nodiscard]] Status store_settings(const RunPaths& paths, const std::vector<Setting>& settings,
                                    const std::string& source);

}  // namespace forknet::run
