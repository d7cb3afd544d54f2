// forknet train --dry-run: reads and checks everything as a start does, and makes nothing.
#pragma once

#include <optional>
#include <string>

#include "apps/commands.h"
#include "settings/resolve.h"

namespace forknet::apps {

// Prints the resolved settings and the size of the run, as TOML or as one line of JSON. Returns the
// exit code.
[[nodiscard]] int dry_run(const TrainCommand& options, const run::Resolved& settings,
                          const std::optional<std::string>& init_from);

}  // namespace forknet::apps
