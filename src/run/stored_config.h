// config.resolved.toml of a run that goes on. It always says what the run does from now on: a
// change that a resume brought stays for the resumes after it.
#pragma once

#include <string>

#include "run/settings/resolve.h"

namespace forknet::run {

// The file's new text: `settings` as resolved from the `stored` text called `name`, those taken
// over from it with the sources that they have there. The same text where nothing changes.
[[nodiscard]] std::string updated_config(const std::string& stored, const std::string& name,
                                         const Resolved& settings);

}  // namespace forknet::run
