// A table of bytes from pictures, one per row: (height, width) or (height, width, 3). Errors are of
// kind data and name the file; memory is allocated once all sizes are known.
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

// The form to which all pictures of a set are converted.
struct PictureForm {
  std::size_t width = 0;   // pixels; 0: unchanged; all must have one size
  std::size_t height = 0;  // 0 if the width is
  bool color = false;
};

// Whether a picture is inverted. Light ink on dark ground, as in MNIST, and dark ink on light paper
// look alike to people, not to a model.
enum class Invert { never, always, by_border };

struct PictureTable {
  TablePointer table;
  double border = 0;         // the mean of the outermost pixels of all pictures, 0 to 255
  std::size_t in_color = 0;  // pictures with colors
  std::size_t inverted = 0;
};

// by_border: a picture is inverted if its border is nearer to the negative of `border` than to
// `border`.
struct PictureRequest {
  PictureForm form;
  Invert invert = Invert::never;
  double border = 0;
};

// Labelled if there are classes.
[[nodiscard]] Result<PictureTable> read_pictures(const PictureFiles& files,
                                                 const PictureRequest& request,
                                                 const Reading& reading = {});

// Mean of the outermost pixels of a (height, width, channels) picture.
[[nodiscard]] double border_mean(const Picture& picture);

}  // namespace forknet::data
