// A picture of varied pictures, for people: on each line a training picture as it is, then as some
// epochs vary it.
#pragma once

#include <forknet/result.h>

#include <cstddef>

#include "data/formats/images/picture.h"
#include "data/view.h"

namespace forknet::data {

struct Sheet {
  Picture picture;
  std::size_t shown = 0;   // training pictures, the first ones
  std::size_t epochs = 0;  // from 0 on
};

// Of a view that is varied, as training sees it: exactly its numbers, back in the range of the
// rows. As many pictures and epochs as fit into about 1024 x 1024 pixels, at most 8 and 9. Numbers
// that are no bytes are shown from the least to the largest of the pictures shown. With two or four
// channels only the first, or the first three, are shown.
[[nodiscard]] Sheet augmented_sheet(const View& view);

}  // namespace forknet::data
