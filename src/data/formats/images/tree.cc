#include "data/formats/images/tree.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include "base/try.h"
#include "data/error.h"
#include "data/formats/images/picture.h"
#include "data/packed_files.h"
#include "data/zip_file.h"
#include "os/file.h"

namespace forknet::data {
namespace {

constexpr std::size_t kTarHeadBytes = 512;  // of a tar, whose mark comes late
constexpr std::size_t kMostTreeBytes = std::size_t{512} << 20;
constexpr std::size_t kNodeBytes = 100;  // without its name

class FolderTree final : public PictureTree {
 public:
  explicit FolderTree(std::string path) : path_(std::move(path)) {}

  bool packed() const override { return false; }
  std::string root(bool) const override { return path_; }
  std::string join(const std::string& folder, const std::string& name) const override {
    return folder + "/" + name;
  }
  Result<std::vector<std::string>> names_in(const std::string& folder) const override {
    Result<std::vector<std::string>> names = os::list_folder(folder);
    if (!names.ok()) return Error{ErrorKind::data, names.error().message};
    return names;
  }
  Entry entry_of(const std::string& path) const override {
    std::error_code ignored;
    const std::filesystem::file_status status = std::filesystem::status(path, ignored);
    if (std::filesystem::is_directory(status)) return Entry::folder;
    return std::filesystem::is_regular_file(status) ? Entry::file : Entry::other;
  }
  Result<bool> begins_as_picture(const std::string& path) const override {
    FORKNET_ASSIGN(const os::Fd fd, os::open_read(path, ErrorKind::data));
    std::array<std::byte, 16> head{};
    FORKNET_ASSIGN(const std::size_t got, os::read_some(fd, head));
    return picture_kind({reinterpret_cast<const char*>(head.data()), got}).has_value();
  }
  std::uint64_t bytes_of(const std::string& path) const override {
    std::error_code failure;
    const auto bytes = std::filesystem::file_size(path, failure);
    return failure ? 0 : bytes;
  }

 private:
  const std::string path_;
};

// Paths are "photos.zip:cat/1.png"; names within the archive are keys, "" its root.
class PackedTree final : public PictureTree {
 public:
  explicit PackedTree(std::string archive) : archive_(std::move(archive)) {
    nodes_[""].entry = Entry::folder;
  }

  Status read() {
    FORKNET_ASSIGN(PackedFiles files, PackedFiles::open(archive_));
    while (true) {
      FORKNET_ASSIGN(const std::optional<PackedEntry> entry, files.next());
      if (!entry) break;
      // Added by macOS.
      if (entry->name == "__MACOSX" || entry->name.starts_with("__MACOSX/")) continue;
      FORKNET_TRY(add(*entry, files));
    }
    for (auto& [name, node] : nodes_) std::sort(node.children.begin(), node.children.end());
    return {};
  }

  bool packed() const override { return true; }
  std::string root(bool classes) const override {
    std::string name;
    while (true) {
      const auto only = only_folder(name);
      if (!only || (classes && !has_folders(*only))) return archive_ + ":" + name;
      name = *only;
    }
  }
  std::string join(const std::string& folder, const std::string& name) const override {
    return folder + (key(folder).empty() ? "" : "/") + name;
  }
  Result<std::vector<std::string>> names_in(const std::string& folder) const override {
    return nodes_.at(key(folder)).children;
  }
  Entry entry_of(const std::string& path) const override {
    const auto node = nodes_.find(key(path));
    return node == nodes_.end() ? Entry::other : node->second.entry;
  }
  Result<bool> begins_as_picture(const std::string& path) const override {
    return nodes_.at(key(path)).picture;
  }
  std::uint64_t bytes_of(const std::string& path) const override {
    return nodes_.at(key(path)).bytes;
  }

 private:
  struct Node {
    Entry entry = Entry::other;
    bool picture = false;
    std::uint64_t bytes = 0;
    std::vector<std::string> children = {};
  };

  std::string key(const std::string& path) const { return path.substr(archive_.size() + 1); }
  static std::string inside(const std::string& folder, const std::string& name) {
    return folder.empty() ? name : folder + "/" + name;
  }
  // Only if there is no picture beside it; notes about the set and hidden files are allowed.
  std::optional<std::string> only_folder(const std::string& name) const {
    std::optional<std::string> only;
    for (const std::string& child : nodes_.at(name).children) {
      if (child.starts_with('.')) continue;
      const Node& node = nodes_.at(inside(name, child));
      if (node.entry == Entry::folder && !only) {
        only = inside(name, child);
      } else if (node.entry == Entry::folder || node.picture || has_picture_name(child)) {
        return std::nullopt;
      }
    }
    return only;
  }
  bool has_folders(const std::string& name) const {
    const std::vector<std::string>& children = nodes_.at(name).children;
    return std::any_of(children.begin(), children.end(), [&](const std::string& child) {
      return nodes_.at(inside(name, child)).entry == Entry::folder;
    });
  }

  Error clash(const std::string& name) const {
    return data_error("{}: the entry {} is in the archive twice", archive_, shown_entry(name));
  }

  // Deeply nested folders have long names from few bytes of the archive.
  Status count(const std::string& name) {
    tree_bytes_ += name.size() + kNodeBytes;
    if (tree_bytes_ <= kMostTreeBytes) return {};
    return data_error("{}: too many folders and files; unpack it", archive_);
  }
  // Adds the folders above a name, which need no entries of their own.
  Status add_folder(const std::string& name) {
    const auto [node, is_new] = nodes_.try_emplace(name);
    if (!is_new) return node->second.entry == Entry::folder ? Status() : clash(name);
    node->second.entry = Entry::folder;
    FORKNET_TRY(count(name));
    return add_to_parent(name);
  }
  Status add_to_parent(const std::string& name) {
    const std::size_t slash = name.rfind('/');
    const std::string parent = slash == std::string::npos ? "" : name.substr(0, slash);
    FORKNET_TRY(add_folder(parent));
    nodes_.at(parent).children.push_back(name.substr(slash + 1));
    return {};
  }

  Status add(const PackedEntry& entry, PackedFiles& files) {
    if (entry.kind == PackedEntry::Kind::folder || entry.name.empty()) {
      return add_folder(entry.name);
    }
    Node node{entry.kind == PackedEntry::Kind::file ? Entry::file : Entry::other, false,
              entry.bytes};
    const std::string name = entry.name.substr(entry.name.rfind('/') + 1);
    if (node.entry == Entry::file && !has_picture_name(name) && !name.starts_with('.')) {
      FORKNET_ASSIGN(const std::string head, files.head(kTarHeadBytes));
      node.picture = picture_kind(head).has_value();
      if (begins_as_packed(head)) {
        return data_error(
            "{}: {} in it is packed itself\n  unpack it, and pack the folders of pictures",
            archive_, shown_entry(entry.name));
      }
    }
    if (!nodes_.try_emplace(entry.name, std::move(node)).second) return clash(entry.name);
    FORKNET_TRY(count(entry.name));
    return add_to_parent(entry.name);
  }

  const std::string archive_;
  std::size_t tree_bytes_ = 0;
  std::map<std::string, Node> nodes_;
};

}  // namespace

bool has_picture_name(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return false;
  std::string ending(name.substr(dot + 1));
  for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  constexpr std::array<std::string_view, 7> kEndings = {"png", "jpg", "jpeg", "jpe",
                                                        "pgm", "ppm", "pnm"};
  return std::find(kEndings.begin(), kEndings.end(), ending) != kEndings.end();
}

Result<std::unique_ptr<PictureTree>> open_tree(const std::string& path) {
  if (!packs_files(path)) return std::unique_ptr<PictureTree>(std::make_unique<FolderTree>(path));
  auto tree = std::make_unique<PackedTree>(path);
  FORKNET_TRY(tree->read());
  return std::unique_ptr<PictureTree>(std::move(tree));
}

bool is_zip_of_pictures(const std::string& path) {
  Result<ZipFile> zip = ZipFile::open(path);
  if (!zip.ok()) return false;
  while (true) {
    const Result<bool> found = zip->next();
    if (!found.ok() || !*found) return false;
    const std::string& name = zip->member();
    const bool hidden = name.substr(name.rfind('/') + 1).starts_with('.');
    if (!zip->regular() || hidden || name.starts_with("__MACOSX/")) continue;
    if (has_picture_name(name)) return true;
    std::array<std::byte, 16> head{};
    if (!zip->check_packing().ok()) return false;
    const Result<std::size_t> got = zip->read(head);
    return got.ok() && picture_kind({reinterpret_cast<const char*>(head.data()), *got});
  }
}

}  // namespace forknet::data
