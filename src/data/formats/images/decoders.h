// One decoder per kind of picture, behind picture.h, which checks the results: `size` is what
// NAME_size() returned for the same bytes, within the limits.
#pragma once

#include <forknet/result.h>

#include <string>
#include <string_view>

#include "data/formats/images/picture.h"

namespace forknet::data {

[[nodiscard]] Result<PictureSize> png_size(std::string_view bytes, const std::string& name);
[[nodiscard]] Result<Picture> decode_png(std::string_view bytes, const PictureSize& size,
                                         const std::string& name);

[[nodiscard]] Result<PictureSize> jpeg_size(std::string_view bytes, const std::string& name);
[[nodiscard]] Result<Picture> decode_jpeg(std::string_view bytes, const PictureSize& size,
                                          const std::string& name);

// Binary (P5, P6) or in digits (P2, P3), one picture per file.
[[nodiscard]] Result<PictureSize> pnm_size(std::string_view bytes, const std::string& name);
[[nodiscard]] Result<Picture> decode_pnm(std::string_view bytes, const PictureSize& size,
                                         const std::string& name);

}  // namespace forknet::data
