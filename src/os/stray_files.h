// What remove_stray_temporaries() (os/durable_file.h) removes, by name.
#pragma once

#include <forknet/result.h>

#include <string>
#include <vector>

#include "os/file_path.h"

namespace forknet::os {

// The temporary files that dead writers left in this folder, sorted; with `remove` they are gone
// afterwards. Files of living writers are not among them.
[[nodiscard]] Result<std::vector<std::string>> stray_temporaries(const FilePath& folder,
                                                                 bool remove);

}  // namespace forknet::os
