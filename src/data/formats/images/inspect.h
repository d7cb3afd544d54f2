// Describes a picture or a folder of pictures, as text or JSON, for `forknet data inspect`.
#pragma once

#include <forknet/result.h>

#include <string>

#include "data/reading.h"

namespace forknet::data {

// For a picture: kind, size, colors, range and border. For a folder, with or without folders of
// classes: pictures per class, all sizes, and skipped files. Decodes everything, so any damage is
// an Error (kind data) that names the file.
[[nodiscard]] Result<std::string> inspect_pictures(const std::string& path, bool json,
                                                   const ReadingProgress& progress = {});

}  // namespace forknet::data
