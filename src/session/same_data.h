// The data of a resumed run. Its files may have been renamed or moved; the digests must be those of
// the start.
#pragma once

#include <forknet/result.h>

#include <string>
#include <vector>

#include "session/prepare.h"

namespace forknet::run {

struct SameData {
  Prepared prepared;
  std::vector<std::string>
      notes;  // other changes since the start (meta.h), and where the data was found
};

// Opens the data of the config; relative paths are tried from the current folder, then from the
// folder in which the run was started. `meta`: the run's meta.json, `name` in messages; `runs` as
// in prepare(). Errors: those of prepare() in the current folder; other data (data).
[[nodiscard]] Result<SameData> prepare_again(const Config& config, const std::string& meta,
                                             const std::string& name,
                                             const data::ReadingProgress& progress = {},
                                             const std::string& runs = "");

}  // namespace forknet::run
