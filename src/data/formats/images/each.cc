#include "data/formats/images/each.h"

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/try.h"
#include "data/error.h"
#include "data/formats/images/picture.h"
#include "data/packed_files.h"
#include "os/file.h"

namespace forknet::data {
namespace {

Status for_each_packed(const PictureFiles& files, const VisitPicture& visit) {
  std::unordered_map<std::string_view, std::size_t> places;  // by name in the archive
  for (std::size_t place = 0; place < files.files.size(); ++place) {
    const std::string_view path = files.files[place].path;
    places.emplace(path.substr(files.folder.size() + 1), place);
  }
  FORKNET_ASSIGN(PackedFiles archive, PackedFiles::open(files.folder));
  while (true) {
    FORKNET_ASSIGN(const std::optional<PackedEntry> entry, archive.next());
    if (!entry) break;
    const auto place = places.find(entry->name);
    if (place == places.end() || entry->kind != PackedEntry::Kind::file) continue;
    FORKNET_ASSIGN(const std::string bytes, archive.read(kMostPictureFile));
    FORKNET_TRY(visit(place->second, bytes));
    places.erase(place);
  }
  if (places.empty()) return {};
  return data_error("{}: the archive changes while it is read", files.folder);
}

}  // namespace

Status for_each_picture(const PictureFiles& files, const ReadingProgress& progress,
                        const VisitPicture& visit) {
  std::uint64_t done = 0;
  const VisitPicture visit_and_tell = [&](std::size_t place, const std::string& bytes) -> Status {
    FORKNET_TRY(visit(place, bytes));
    done += bytes.size();
    if (progress) progress(files.folder, done, files.bytes);
    return {};
  };
  if (files.packed) return for_each_packed(files, visit_and_tell);
  for (std::size_t place = 0; place < files.files.size(); ++place) {
    FORKNET_ASSIGN(const std::string bytes,
                   os::read_file(files.files[place].path, kMostPictureFile, ErrorKind::data));
    FORKNET_TRY(visit_and_tell(place, bytes));
  }
  return {};
}

}  // namespace forknet::data
