// The config file that a run was started from, read again while it trains. What has been edited
// since it was read last is taken over, be the rest of the run's settings from --set, the
// environment or a resume; so the text that was read last is kept (config.toml of the run folder).
#pragma once

#include <forknet/result.h>

#include <string>
#include <vector>

#include "session/run_folder.h"
#include "settings/resolve.h"

namespace forknet::run {

// Error: the file is gone, is no valid config, or a setting was edited that cannot change while a
// run trains; nothing of it is to be taken over then.
[[nodiscard]] Result<Edited> reread_config(const RunPaths& paths);

// config.resolved.toml says from now on what a resume is to begin with. `source`: who set it.
[[nodiscard]] Status store_settings(const RunPaths& paths, const std::vector<Setting>& settings,
                                    const std::string& source);

}  // namespace forknet::run
