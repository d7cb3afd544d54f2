// Visits the contents of a set's files: in the listed order from folders, in storage order from an
// archive, which is read through once.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <functional>
#include <string>

#include "data/formats/images/folder.h"
#include "data/reading.h"

namespace forknet::data {

// `place`: index in files.files; each is visited once. Errors (data) name the file; so does the
// error if an archive has changed since it was listed.
using VisitPicture = std::function<Status(std::size_t place, const std::string& bytes)>;
[[nodiscard]] Status for_each_picture(const PictureFiles& files, const ReadingProgress& progress,
                                      const VisitPicture& visit);

}  // namespace forknet::data
