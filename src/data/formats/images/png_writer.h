// Pictures as PNG files.
#pragma once

#include <forknet/result.h>

#include <string>

#include "data/formats/images/picture.h"

namespace forknet::data {

// The bytes of a file, 8 bits per channel. Error (internal): no memory.
[[nodiscard]] Result<std::string> encode_png(const Picture& picture);

}  // namespace forknet::data
