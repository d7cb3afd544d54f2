// A table of bytes from pictures, one a row: (height, width) or (height, width, 3). Errors are of
// kind data and name the file; memory is taken when all sizes are known.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <string>
#include <vector>

#include "data/formats/images/folder.h"
#include "data/formats/images/picture.h"
#include "data/reading.h"
#include "data/table.h"

namespace forknet::data {

// What all pictures of a set are brought to.
struct PictureForm {
  std::size_t width = 0;   // pixels; 0: as they are, and they must all be of one size
  std::size_t height = 0;  // 0 where the width is
  bool color = false;
};

// Whether a picture is turned into its negative: light ink on dark ground, as the pictures of MNIST
// are, and dark ink on light paper are the same to people and not to a model.
enum class Invert { never, always, by_border };

struct PictureTable {
  TablePointer table;
  double border = 0;         // the mean of the outermost pixels of all pictures, 0 to 255
  std::size_t in_color = 0;  // pictures that have colors
  std::size_t inverted = 0;
};

// by_border: a picture is inverted where its border is nearer to the negative of `border` than to
// `border` itself.
struct PictureRequest {
  PictureForm form;
  Invert invert = Invert::never;
  double border = 0;
};

// Labelled where there are classes.
[[nodiscard]] Result<PictureTable> read_pictures(const PictureFiles& files,
                                                 const PictureRequest& request,
                                                 const Reading& reading = {});

// Of (height, width, channels), the mean of the outermost pixels.
[[nodiscard]] double border_mean(const Picture& picture);

}  // namespace forknet::data
