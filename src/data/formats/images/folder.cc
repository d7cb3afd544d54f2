#include "data/formats/images/folder.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/try.h"
#include "data/error.h"
#include "data/formats/images/tree.h"

namespace forknet::data {
namespace {

constexpr std::size_t kShownNames = 3;

// Counts skipped files and keeps the first names.
struct PassedOver {
  std::size_t hidden = 0;
  std::size_t others = 0;
  std::vector<std::string> names = {};
  void note(const std::string& name) {
    ++others;
    if (names.size() < kShownNames) names.push_back(name);
  }
};

using Entry = PictureTree::Entry;

// By content or by name, so that a damaged picture is not skipped.
Result<bool> is_picture(const PictureTree& tree, const std::string& path) {
  if (has_picture_name(path)) return true;
  return tree.begins_as_picture(path);
}

// The pictures directly in a folder.
Status add_pictures(const PictureTree& tree, const std::string& folder, std::uint32_t label,
                    PictureFiles& found, PassedOver& passed) {
  FORKNET_ASSIGN(const std::vector<std::string> names, tree.names_in(folder));
  for (const std::string& name : names) {
    const std::string path = tree.join(folder, name);
    if (name.starts_with('.')) {
      ++passed.hidden;
    } else if (tree.entry_of(path) != Entry::file) {
      passed.note(path + (tree.entry_of(path) == Entry::folder ? "/" : ""));
    } else {
      FORKNET_ASSIGN(const bool picture, is_picture(tree, path));
      if (picture) {
        found.files.push_back({path, label});
        found.bytes += tree.bytes_of(path);
      } else {
        passed.note(path);
      }
    }
  }
  return {};
}

void add_notes(const PassedOver& passed, PictureFiles& found) {
  if (passed.hidden > 0) {
    found.notes.push_back(
        fmt::format("{}: {} hidden files are passed over: their names begin with \".\"",
                    found.folder, passed.hidden));
  }
  if (passed.others > 0) {
    found.notes.push_back(fmt::format("{}: {} entries that are no pictures are passed over: {}{}",
                                      found.folder, passed.others, fmt::join(passed.names, ", "),
                                      passed.others > passed.names.size() ? ", ..." : ""));
  }
}

// Names of classes are printed and stored as text.
bool is_text(std::string_view name) {
  std::size_t following = 0;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (following > 0) {
      if ((byte & 0xc0) != 0x80) return false;
      --following;
    } else if (byte >= 0x80) {
      following = byte >= 0xf0 && byte < 0xf5 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc2 ? 1 : 0;
      if (following == 0 || byte >= 0xf5) return false;
    } else if (byte < ' ' || byte == 0x7f) {
      return false;
    }
  }
  return following == 0;
}

std::string listed(const std::vector<std::string>& names) {
  std::vector<std::string> shown = names;
  shown.resize(std::min(names.size(), std::size_t{8}));
  return fmt::format("{}{}", fmt::join(shown, ", "), shown.size() < names.size() ? ", ..." : "");
}

// The folders of the classes; anything else beside them is skipped.
Result<std::vector<std::string>> class_folders(const PictureTree& tree, const std::string& path,
                                               PassedOver& passed) {
  const std::string root = tree.root(true);
  FORKNET_ASSIGN(const std::vector<std::string> names, tree.names_in(root));
  std::vector<std::string> classes;
  std::size_t pictures = 0;
  for (const std::string& name : names) {
    const Entry entry = tree.entry_of(tree.join(root, name));
    if (name.starts_with('.')) {
      ++passed.hidden;
    } else if (entry == Entry::folder) {
      if (!is_text(name)) {
        return data_error("{}: the name of a folder is no text (UTF-8 without control characters)",
                          path);
      }
      classes.push_back(name);
    } else {
      pictures += has_picture_name(name) ? 1 : 0;
      passed.note(tree.join(root, name));
    }
  }
  if (!classes.empty()) return classes;
  return data_error(
      "{}: no folders of classes in it{}\n"
      "expected a folder for each class with its pictures: {}/cat/1.png, {}/dog/2.png",
      path, pictures > 0 ? fmt::format(", but {} pictures", pictures) : "", path, path);
}

Status check_folder(const PictureTree& tree, const std::string& path) {
  if (tree.entry_of(tree.root(true)) == Entry::folder) return {};
  std::error_code ignored;
  return data_error("{}: {}; a folder of pictures was expected, plain or packed (zip, tar)", path,
                    std::filesystem::exists(path, ignored) ? "not a folder" : "no such folder");
}

Result<std::uint32_t> label_of(const std::string& name, const std::string& path,
                               const std::vector<std::string>& classes) {
  const auto place = std::find(classes.begin(), classes.end(), name);
  if (place != classes.end()) return static_cast<std::uint32_t>(place - classes.begin());
  return data_error("{}/{}: a class that the training pictures do not have\nthey have {}", path,
                    name, listed(classes));
}

}  // namespace

Result<PictureFiles> find_classes(const std::string& path, const std::vector<std::string>& known) {
  FORKNET_ASSIGN(const std::unique_ptr<PictureTree> tree, open_tree(path));
  FORKNET_TRY(check_folder(*tree, path));
  PictureFiles found{path};
  found.packed = tree->packed();
  PassedOver passed;
  FORKNET_ASSIGN(const std::vector<std::string> names, class_folders(*tree, path, passed));
  found.classes = known.empty() ? names : known;
  for (const std::string& name : names) {
    FORKNET_ASSIGN(const std::uint32_t label, label_of(name, path, found.classes));
    const std::size_t before = found.files.size();
    FORKNET_TRY(add_pictures(*tree, tree->join(tree->root(true), name), label, found, passed));
    if (found.files.size() > before || !known.empty()) continue;
    return data_error(
        "{}/{}: no pictures in the folder of this class\nexpected PNG, JPEG, PGM or PPM", path,
        name);
  }
  if (found.files.empty()) return data_error("{}: no pictures in its folders", path);
  add_notes(passed, found);
  return found;
}

Result<PictureFiles> find_all(const std::string& path) {
  FORKNET_ASSIGN(const std::unique_ptr<PictureTree> tree, open_tree(path));
  const std::string root = tree->root(false);
  if (tree->entry_of(root) != Entry::folder) return find_pictures(path);
  FORKNET_ASSIGN(const std::vector<std::string> names, tree->names_in(root));
  const bool classes = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return !name.starts_with('.') && tree->entry_of(tree->join(root, name)) == Entry::folder;
  });
  return classes ? find_classes(path, {}) : find_pictures(path);
}

Result<PictureFiles> find_pictures(const std::string& path) {
  FORKNET_ASSIGN(const std::unique_ptr<PictureTree> tree, open_tree(path));
  PictureFiles found{path};
  found.packed = tree->packed();
  const std::string root = tree->root(false);
  if (tree->entry_of(root) != Entry::folder) {
    found.files.push_back({path, 0});
    found.bytes = tree->bytes_of(path);
    return found;
  }
  PassedOver passed;
  FORKNET_TRY(add_pictures(*tree, root, 0, found, passed));
  if (found.files.empty()) {
    return data_error("{}: no pictures in this folder\nexpected PNG, JPEG, PGM or PPM", path);
  }
  add_notes(passed, found);
  return found;
}

}  // namespace forknet::data
