// What is in a picture or a folder of pictures, in words or as JSON, for `forknet data inspect`.
#pragma once

#include <forknet/result.h>

#include <string>

#include "data/reading.h"

namespace forknet::data {

// Of a picture its kind, size, colors, range and border; of a folder, with folders of classes in it
// or not, how many pictures each class has, all sizes, and what is passed over. Everything is
// decoded, so damage anywhere is an Error (kind data) that names the file.
[[nodiscard]] Result<std::string> inspect_pictures(const std::string& path, bool json,
                                                   const ReadingProgress& progress = {});

}  // namespace forknet::data
