// The data of a run that goes on: whatever it is called and wherever it lies by now, its digests
// are those that the run began with.
#pragma once

#include <forknet/result.h>

#include <string>
#include <vector>

#include "session/prepare.h"

namespace forknet::run {

struct SameData {
  Prepared prepared;
  std::vector<std::string>
      notes;  // what else is not as it was (meta.h), and where the data is from
};

// Opens the data that the config names, with relative paths from here or else from the folder in
// which the run was started. `meta`: the run's meta.json, `name` in messages; `runs` as prepare()
// takes it. Errors: those of prepare() from here; data that is not the same (data).
[[nodiscard]] Result<SameData> prepare_again(const Config& config, const std::string& meta,
                                             const std::string& name,
                                             const data::ReadingProgress& progress = {},
                                             const std::string& runs = "");

}  // namespace forknet::run
