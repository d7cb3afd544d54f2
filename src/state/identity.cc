#include "state/identity.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/try.h"
#include "os/durable_file.h"
#include "os/file.h"
#include "os/random_bits.h"

namespace forknet::run {
namespace {

using nlohmann::json;
constexpr std::size_t kMostIdentity = std::size_t{1} << 16;

std::string absolute_path(const std::string& folder) {
  std::error_code error;
  const auto real = std::filesystem::canonical(folder, error);
  return error ? folder : real.string();
}

bool knows(const Identity& identity, const std::string& id) {
  return identity.id == id || identity.former == id;
}

// Whether it is a folder other than `own` with that identity.
bool is_other(const std::string& candidate, const Identity& identity, const os::FileId& own) {
  const auto place = os::file_id(candidate);
  if (!place || *place == own) return false;
  const auto there = read_identity(candidate);
  return there && knows(*there, identity.id);
}

// The folder itself under any name in `parent`.
std::optional<std::string> moved_within(const std::string& parent, const Identity& identity,
                                        const os::FileId& own) {
  const auto names = os::list_folder(parent);
  if (!names.ok()) return std::nullopt;
  for (const std::string& name : *names) {
    const std::string candidate = parent + "/" + name;
    if (os::file_id(candidate) == identity.place && is_other(candidate, identity, own)) {
      return candidate;
    }
  }
  return std::nullopt;
}

Status write_identity(const std::string& folder, const Identity& identity) {
  FORKNET_TRY(make_way_for(identity_path(folder)));
  const json object = {{"identity", identity.id},
                       {"former", identity.former},
                       {"folder", identity.folder},
                       {"device", identity.place.device},
                       {"inode", identity.place.inode}};
  // A path may not be UTF-8; the folder is then found by its inode.
  return os::write_durably(identity_path(folder),
                           object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
}

}  // namespace

bool is_identity(const std::string& id) {
  return id.size() == Identity::kDigits &&
         id.find_first_not_of("0123456789abcdef") == std::string::npos;
}

os::FilePath identity_path(const std::string& folder) {
  return os::FilePath(folder) / "identity.json";
}

bool may_be_read(const std::string& path, std::size_t most) {
  std::error_code error;
  return std::filesystem::is_regular_file(std::filesystem::symlink_status(path, error)) &&
         std::filesystem::file_size(path, error) <= most;
}

Result<std::optional<Identity>> load_identity(const std::string& folder) {
  const std::optional<Identity> none;
  const os::FilePath path = identity_path(folder);
  if (!may_be_read(path.text(), kMostIdentity)) return none;
  const auto text = os::read_file(path, kMostIdentity);
  if (!text.ok() && text.error().kind == ErrorKind::internal) return text.error();
  if (!text.ok()) return none;
  try {
    const json object = json::parse(*text);
    Identity identity;
    identity.id = object.at("identity");
    identity.former = object.at("former");
    identity.folder = object.at("folder");
    identity.place = {object.at("device").get<std::uint64_t>(),
                      object.at("inode").get<std::uint64_t>()};
    return is_identity(identity.id) ? std::optional(identity) : none;
  } catch (const json::exception&) {  // the library reports faults by exceptions only
    return none;
  }
}

std::optional<Identity> read_identity(const std::string& folder) {
  auto identity = load_identity(folder);
  return identity.ok() ? std::move(*identity) : std::nullopt;
}

Status make_way_for(const os::FilePath& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(std::filesystem::symlink_status(path.text(), error))) {
    return {};
  }
  std::filesystem::remove(path.text(), error);
  if (!error) return {};
  return Error{ErrorKind::usage, path.text() +
                                     ": is a folder that is not empty, where forknet keeps a file "
                                     "of the run\n  move it away, then resume again"};
}

Result<Identity> claim_identity(const std::string& folder) {
  const auto place = os::file_id(folder);
  if (!place) return Error{ErrorKind::internal, folder + ": the run folder is gone"};
  FORKNET_ASSIGN(const auto before, load_identity(folder));
  Identity own = {"", "", absolute_path(folder), *place};
  if (before && before->place == *place) {
    if (before->folder == own.folder) return *before;
    own.id = before->id;
    own.former = before->former;
  } else {
    if (before) own.former = before->id;
    FORKNET_ASSIGN(own.id, os::random_name());
  }
  FORKNET_TRY(write_identity(folder, own));
  return own;
}

std::optional<std::string> original_of(const Identity& identity, const std::string& folder) {
  const auto own = os::file_id(folder);
  if (!own || identity.place == *own) return std::nullopt;
  if (is_other(identity.folder, identity, *own)) return identity.folder;
  for (const std::string& parent :
       {os::folder_of(absolute_path(folder)), os::folder_of(identity.folder)}) {
    if (auto found = moved_within(parent, identity, *own)) return found;
  }
  return std::nullopt;
}

}  // namespace forknet::run
