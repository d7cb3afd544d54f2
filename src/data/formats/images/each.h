// The contents of a set's files, one after the other: as they are listed from folders, as they lie
// from an archive, which is read through once.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <functional>
#include <string>

#include "data/formats/images/folder.h"
#include "data/reading.h"

namespace forknet::data {

// `place` in files.files; each is visited once. Errors (data) name the file; so does one where an
// archive is another one than it was when it was listed.
using VisitPicture = std::function<Status(std::size_t place, const std::string& bytes)>;
[[nodiscard]] Status for_each_picture(const PictureFiles& files, const ReadingProgress& progress,
                                      const VisitPicture& visit);

}  // namespace forknet::data
