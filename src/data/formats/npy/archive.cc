#include "data/formats/npy/archive.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include "data/error.h"
#include "data/zip_file.h"

namespace forknet::data {
namespace {

constexpr std::size_t kMostMembers = 10'000;
constexpr std::size_t kShownMembers = 12;
constexpr std::string_view kSuffix = ".npy";

bool is_array(const std::string& member) {
  return member.size() > kSuffix.size() && member.ends_with(kSuffix);
}

std::string without_suffix(const std::string& member) {
  return is_array(member) ? member.substr(0, member.size() - kSuffix.size()) : member;
}

Error no_member(const std::string& path, const std::string& name,
                const std::vector<std::string>& names) {
  const auto shown = std::span(names).first(std::min(names.size(), kShownMembers));
  return data_error("{}: no array \"{}\" in the archive\nit holds {}{}", path, name,
                    names.empty() ? "none" : fmt::format("{}", fmt::join(shown, ", ")),
                    shown.size() < names.size() ? ", ..." : "");
}

}  // namespace

Result<std::vector<std::string>> npz_members(const std::string& path) {
  FORKNET_ASSIGN(ZipFile zip, ZipFile::open(path));
  std::vector<std::string> names;
  while (true) {
    FORKNET_ASSIGN(const bool found, zip.next());
    if (!found) return names;
    if (!is_array(zip.member())) continue;
    if (names.size() == kMostMembers) {
      return data_error("{}: more than {} arrays in the archive", path, kMostMembers);
    }
    names.push_back(without_suffix(zip.member()));
  }
}

Result<NpySource> open_npz_member(const std::string& path, const std::string& name) {
  FORKNET_ASSIGN(ZipFile opened, ZipFile::open(path));
  auto zip = std::make_shared<ZipFile>(std::move(opened));
  std::vector<std::string> names;
  while (true) {
    FORKNET_ASSIGN(const bool found, zip->next());
    if (!found) return no_member(path, name, names);
    if (zip->member() == name || zip->member() == name + std::string(kSuffix)) break;
    if (is_array(zip->member()) && names.size() <= kShownMembers) {
      names.push_back(without_suffix(zip->member()));
    }
  }
  FORKNET_TRY(zip->check_packing());
  NpySource array;
  array.name = path + ":" + without_suffix(zip->member());
  array.most_bytes = zip->most_bytes();
  array.notified_bytes = zip->member_bytes();
  array.read = [zip](std::span<std::byte> bytes) { return zip->read(bytes); };
  return array;
}

}  // namespace forknet::data
