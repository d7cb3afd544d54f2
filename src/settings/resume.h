// Which settings a resume may change.
#pragma once

#include <forknet/result.h>

#include <string>
#include <vector>

#include "settings/resolve.h"

namespace forknet::run {

// The settings of a run that goes on: those stored with it (config.resolved.toml, `name` in
// messages) with today's environment, flags and --set on top. A change of what a resume may not
// change is an error of kind config; notes list the changes and warn where a learning rate schedule
// depends on one.
[[nodiscard]] Result<Resolved> resolve_resume(std::string_view stored, const std::string& name,
                                              const Overrides& overrides);

// The notes for going on with `now` instead of `stored`, or the error for the first setting that
// may not change.
[[nodiscard]] Result<std::vector<std::string>> compare_for_resume(const Resolved& stored,
                                                                  const Resolved& now);

}  // namespace forknet::run
