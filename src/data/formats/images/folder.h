// Pictures as they lie in folders: a folder a class for training, or any pictures for predictions.
// A folder may be packed as a zip or tar (tree.h).
// Only regular files count (links to them, too); names are sorted by their bytes, so that the rows
// of a set are the same everywhere. Hidden files, and files that neither are pictures nor have the
// name of one, are passed over with a note. Errors are of kind data.
#pragma once

#include <forknet/result.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace forknet::data {

struct PictureFile {
  std::string path;
  std::uint32_t label = 0;
};

struct PictureFiles {
  std::string folder;                     // for messages
  std::vector<std::string> classes = {};  // names of the folders; empty: no classes
  std::vector<PictureFile> files = {};
  bool packed = false;                  // `folder` is an archive; paths are "photos.zip:cat/1.png"
  std::uint64_t bytes = 0;              // of all files
  std::vector<std::string> notes = {};  // of what was passed over
};

// The folders within `path` are the classes; `known`: the only ones that there may be, in their
// order (of the training set; empty: those that are found, by their names).
[[nodiscard]] Result<PictureFiles> find_classes(const std::string& path,
                                                const std::vector<std::string>& known);

// One picture, or all of a folder.
[[nodiscard]] Result<PictureFiles> find_pictures(const std::string& path);

// Folders of classes, where there are folders, else pictures.
[[nodiscard]] Result<PictureFiles> find_all(const std::string& path);

}  // namespace forknet::data
