// A tree of pictures: a folder on disk, or a zip or tar, which looks like the folder that was
// packed. Errors are of kind data.
#pragma once

#include <forknet/result.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace forknet::data {

class PictureTree {
 public:
  enum class Entry : std::uint8_t { folder, file, other };

  PictureTree() = default;
  PictureTree(const PictureTree&) = delete;
  PictureTree& operator=(const PictureTree&) = delete;
  virtual ~PictureTree() = default;

  [[nodiscard]] virtual bool packed() const = 0;
  // The path of the top folder. If an archive contains one folder (packed with its name) and no
  // picture beside it, that folder; if folders are `classes`, only if it contains folders.
  [[nodiscard]] virtual std::string root(bool classes) const = 0;
  // The path of a name in a folder, as used in messages and predictions.
  [[nodiscard]] virtual std::string join(const std::string& folder,
                                         const std::string& name) const = 0;
  // Sorted by their bytes.
  [[nodiscard]] virtual Result<std::vector<std::string>> names_in(
      const std::string& folder) const = 0;
  [[nodiscard]] virtual Entry entry_of(const std::string& path) const = 0;
  // Whether the content of a file begins like a picture; its bytes.
  [[nodiscard]] virtual Result<bool> begins_as_picture(const std::string& path) const = 0;
  [[nodiscard]] virtual std::uint64_t bytes_of(const std::string& path) const = 0;
};

// Opens a folder or an archive. Reads an archive's entries through once: their names, and the first
// bytes of those without a picture's name. Refused: an archive within it, duplicate names, and a
// name that is both a file and a folder.
[[nodiscard]] Result<std::unique_ptr<PictureTree>> open_tree(const std::string& path);

// By its extension: .png, .jpg, ...
[[nodiscard]] bool has_picture_name(std::string_view name);

// Whether a zip's first file is a picture, which makes the zip a folder of pictures.
[[nodiscard]] bool is_zip_of_pictures(const std::string& path);

}  // namespace forknet::data
