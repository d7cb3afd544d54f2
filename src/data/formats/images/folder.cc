#include "data/formats/images/folder.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "data/error.h"
#include "data/formats/images/picture.h"
#include "os/file.h"

namespace forknet::data {
namespace {

constexpr std::size_t kShownNames = 3;
constexpr std::size_t kHeadBytes = 16;

// Counts what is passed over, and remembers the first names.
struct PassedOver {
  std::size_t hidden = 0;
  std::size_t others = 0;
  std::vector<std::string> names = {};
  void note(const std::string& name) {
    ++others;
    if (names.size() < kShownNames) names.push_back(name);
  }
};

enum class Entry { folder, file, other };

Entry entry_of(const std::string& path) {
  std::error_code ignored;
  const std::filesystem::file_status status = std::filesystem::status(path, ignored);
  if (std::filesystem::is_directory(status)) return Entry::folder;
  return std::filesystem::is_regular_file(status) ? Entry::file : Entry::other;
}

Result<std::vector<std::string>> names_in(const std::string& folder) {
  Result<std::vector<std::string>> names = os::list_folder(folder);
  if (!names.ok()) return Error{ErrorKind::data, names.error().message};
  return names;
}

bool has_picture_name(const std::string& name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string::npos) return false;
  std::string ending = name.substr(dot + 1);
  for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  constexpr std::array<std::string_view, 7> kEndings = {"png", "jpg", "jpeg", "jpe",
                                                        "pgm", "ppm", "pnm"};
  return std::find(kEndings.begin(), kEndings.end(), ending) != kEndings.end();
}

// By its content; the name alone makes it one as well, so that a broken picture is not passed over.
Result<bool> is_picture(const std::string& path) {
  if (has_picture_name(path)) return true;
  FORKNET_ASSIGN(const os::Fd fd, os::open_read(path, ErrorKind::data));
  std::array<std::byte, kHeadBytes> head{};
  FORKNET_ASSIGN(const std::size_t got, os::read_some(fd, head));
  return picture_kind({reinterpret_cast<const char*>(head.data()), got}).has_value();
}

// The pictures directly in a folder.
Status add_pictures(const std::string& folder, std::uint32_t label, PictureFiles& found,
                    PassedOver& passed) {
  FORKNET_ASSIGN(const std::vector<std::string> names, names_in(folder));
  for (const std::string& name : names) {
    const std::string path = folder + "/" + name;
    if (name.starts_with('.')) {
      ++passed.hidden;
    } else if (entry_of(path) != Entry::file) {
      passed.note(path + (entry_of(path) == Entry::folder ? "/" : ""));
    } else {
      FORKNET_ASSIGN(const bool picture, is_picture(path));
      if (picture) {
        found.files.push_back({path, label});
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

// The folders of the classes; what else lies beside them is passed over.
Result<std::vector<std::string>> class_folders(const std::string& path, PassedOver& passed) {
  FORKNET_ASSIGN(const std::vector<std::string> names, names_in(path));
  std::vector<std::string> classes;
  std::size_t pictures = 0;
  for (const std::string& name : names) {
    const Entry entry = entry_of(path + "/" + name);
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
      passed.note(path + "/" + name);
    }
  }
  if (!classes.empty()) return classes;
  return data_error(
      "{}: no folders of classes in it{}\n"
      "expected a folder for each class with its pictures: {}/cat/1.png, {}/dog/2.png",
      path, pictures > 0 ? fmt::format(", but {} pictures", pictures) : "", path, path);
}

Status check_folder(const std::string& path) {
  if (entry_of(path) == Entry::folder) return {};
  std::error_code ignored;
  return data_error("{}: {}; a folder of pictures was expected", path,
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
  FORKNET_TRY(check_folder(path));
  PictureFiles found{path};
  PassedOver passed;
  FORKNET_ASSIGN(const std::vector<std::string> names, class_folders(path, passed));
  found.classes = known.empty() ? names : known;
  for (const std::string& name : names) {
    FORKNET_ASSIGN(const std::uint32_t label, label_of(name, path, found.classes));
    const std::size_t before = found.files.size();
    FORKNET_TRY(add_pictures(path + "/" + name, label, found, passed));
    if (found.files.size() > before || !known.empty()) continue;
    return data_error(
        "{}/{}: no pictures in the folder of this class\nexpected PNG, JPEG, PGM or PPM", path,
        name);
  }
  if (found.files.empty()) return data_error("{}: no pictures in its folders", path);
  add_notes(passed, found);
  return found;
}

Result<PictureFiles> find_pictures(const std::string& path) {
  PictureFiles found{path};
  if (entry_of(path) != Entry::folder) {
    found.files.push_back({path, 0});
    return found;
  }
  PassedOver passed;
  FORKNET_TRY(add_pictures(path, 0, found, passed));
  if (found.files.empty()) {
    return data_error("{}: no pictures in this folder\nexpected PNG, JPEG, PGM or PPM", path);
  }
  add_notes(passed, found);
  return found;
}

}  // namespace forknet::data
