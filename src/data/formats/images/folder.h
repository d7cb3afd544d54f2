// Lists pictures in folders: one folder per class for training, or any pictures for predictions. A
// folder may be packed as a zip or tar (tree.h). Only regular files and links to them count. Names
// are sorted by their bytes, so that the rows of a set are the same everywhere. Hidden files, and
// files that neither are pictures nor have a picture's name, are skipped with a note. Errors are of
// kind data.
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
  std::vector<std::string> notes = {};  // about skipped files
};

// The folders within `path` are the classes. `known`: the only ones allowed, in their order (those
// of the training set; empty: all that are found, by name).
[[nodiscard]] Result<PictureFiles> find_classes(const std::string& path,
                                                const std::vector<std::string>& known);

// One picture, or all of a folder.
[[nodiscard]] Result<PictureFiles> find_pictures(const std::string& path);

// Folders of classes if there are folders, otherwise pictures.
[[nodiscard]] Result<PictureFiles> find_all(const std::string& path);

}  // namespace forknet::data
