// The settings of a resumed run and which of them may change.
#pragma once

#include <forknet/result.h>

#include <string>
#include <vector>

#include "settings/resolve.h"

namespace forknet::run {

// The settings of a resumed run: those stored with it (config.resolved.toml, `name` in messages),
// then the current environment, flags and --set. Error (config): a setting changes that a resume
// may not change. Notes list the changes and warn if a learning rate schedule depends on one.
[[nodiscard]] Result<Resolved> resolve_resume(std::string_view stored, const std::string& name,
                                              const Overrides& overrides);

// The notes for continuing with `now` instead of `stored`, or the error for the first setting that
// may not change.
[[nodiscard]] Result<std::vector<std::string>> compare_for_resume(const Resolved& stored,
                                                                  const Resolved& now);

}  // namespace forknet::run
