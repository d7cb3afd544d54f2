// Lists the files that remove_stray_temporaries() (os/durable_file.h) removes.
#pragma once

#include <forknet/result.h>

#include <string>
#include <vector>

#include "os/file_path.h"

namespace forknet::os {

// The temporary files that dead writers left in this folder, sorted; with `remove` they are
// removed. Files of living writers are not listed.
[[nodiscard]] Result<std::vector<std::string>> stray_temporaries(const FilePath& folder,
                                                                 bool remove);

}  // namespace forknet::os
