// forknet train --dry-run: everything is read and checked as a start does it, nothing is made.
#pragma once

#include <optional>
#include <string>

#include "apps/commands.h"
#include "settings/resolve.h"

namespace forknet::apps {

// Prints the settings and what they come to, as TOML or as one line of JSON. The exit code.
[[nodiscard]] int dry_run(const TrainCommand& options, const run::Resolved& settings,
                          const std::optional<std::string>& init_from);

}  // namespace forknet::apps
