#include "state/state_list.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/checked.h"
#include "base/try.h"
#include "os/failpoint.h"
#include "os/file.h"
#include "os/file_id.h"
#include "os/mapping.h"
#include "os/reserved_file.h"
#include "state/live_state.h"
#include "state/state_names.h"

namespace forknet::run {
namespace {

using nlohmann::json;
constexpr std::size_t kMostList = std::size_t{1} << 22;

}  // namespace

std::vector<std::string> StateList::paths() const {
  std::vector<std::string> all = weights;
  all.push_back(control);
  return all;
}

namespace {

// The path as the list has it: a bare name for a file beside the list.
std::string listed(const std::string& path, const std::string& folder) {
  return os::folder_of(path) == folder ? os::name_of(path) : path;
}

json listed(const Identity& owner) {
  return {{"identity", owner.id},
          {"folder", owner.folder},
          {"device", owner.place.device},
          {"inode", owner.place.inode}};
}

}  // namespace

Status write_list(const StatePlace& place, const StateList& list) {
  const std::string folder = absolute(place);
  json slices = json::array();
  for (const auto& [begin, end] : list.slices) slices.push_back({begin, end});
  json weights = json::array();
  for (const std::string& path : list.weights) weights.push_back(listed(path, folder));
  const json object = {{"boot", list.boot},           {"version", list.version},
                       {"owner", listed(list.owner)}, {"control", listed(list.control, folder)},
                       {"weights", weights},          {"slices", slices},
                       {"replicas", list.replicas},   {"private", list.private_cells},
                       {"models", list.models}};
  FORKNET_TRY(make_way_for(place.list()));
  // Only the owner's folder may not be UTF-8; it is then found by its inode.
  return os::replace_file(place.list(),
                          object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
}

namespace {

// Whether all paths are files of one state of this run.
bool lists_one_state(const StateList& list, const std::string& folder) {
  const std::string_view stem = stem_in_path(list.control);
  if (!list.control.ends_with(kControlEnd)) return false;
  // Named after its run (live_state.cc).
  const std::string name = "-" + list.owner.id + "-";
  if (stem.size() <= name.size() || stem.substr(stem.size() - 1 - name.size(), name.size()) != name)
    return false;
  const auto paths = list.paths();
  return std::all_of(paths.begin(), paths.end(), [&](const std::string& path) {
    return is_state_path(path, folder) && stem_in_path(path) == stem;
  });
}

// Readers use the numbers of a list as indexes into weights and slices.
bool fits_together(const StateList& list) {
  if (list.slices.empty() || list.replicas == 0) return false;
  std::size_t end = 0;
  for (const nn::LayerRange& slice : list.slices) {
    if (slice.begin != end || slice.end <= slice.begin) return false;
    end = slice.end;
  }
  const std::size_t more = list.models ? 1 : 0;
  if (!list.private_cells) return list.weights.size() == 1 + more;
  const auto cells = checked_multiply(list.slices.size(), list.replicas);
  return cells && !list.models && list.weights.size() == *cells;
}

// A number that is not negative.
std::size_t size_at(const json& object) {
  if (!object.is_number_unsigned()) throw json::type_error::create(302, "no size", &object);
  return object.get<std::size_t>();
}

// The path of a file of a list: a bare name is a file beside the list.
std::string path_of(const json& name, const std::string& folder) {
  const auto text = name.get<std::string>();
  return text.find('/') == std::string::npos ? folder + "/" + text : text;
}

Identity owner_in(const json& object) {
  Identity owner;
  owner.id = object.at("identity");
  owner.folder = object.at("folder");
  owner.place = {size_at(object.at("device")), size_at(object.at("inode"))};
  if (!is_identity(owner.id)) throw json::other_error::create(501, "no identity", &object);
  return owner;
}

StateList parse_list(const json& object, const std::string& folder) {
  StateList list;
  list.boot = object.at("boot");
  list.version = object.at("version");
  list.owner = owner_in(object.at("owner"));
  list.control = path_of(object.at("control"), folder);
  for (const json& name : object.at("weights")) list.weights.push_back(path_of(name, folder));
  for (const json& slice : object.at("slices")) {
    list.slices.push_back({size_at(slice.at(0)), size_at(slice.at(1))});
  }
  list.replicas = size_at(object.at("replicas"));
  list.private_cells = object.at("private");
  list.models = object.value("models", false);
  return list;
}

}  // namespace

ListRead load_list(const StatePlace& place) {
  const os::FilePath path = place.list();
  if (!os::exists(path)) return {};
  const std::string folder = absolute(place);
  if (!may_be_read(folder.empty() ? path.text() : folder + "/" + path.name(), kMostList)) {
    return {std::nullopt, path.text() + ": is a link, a folder, or no file that forknet wrote",
            false};
  }
  const auto text = os::read_file(path, kMostList);
  if (!text.ok()) {
    return {std::nullopt, text.error().message, text.error().kind == ErrorKind::internal};
  }
  try {
    StateList list = parse_list(json::parse(*text), absolute(place));
    const bool fits = fits_together(list) && lists_one_state(list, absolute(place));
    if (fits) return {std::move(list), "", false};
    return {std::nullopt, path.text() + ": it lists files that are no state of this run", false};
  } catch (const json::parse_error&) {
    return {std::nullopt, path.text() + ": is not JSON", false};
  } catch (const json::exception&) {  // the library reports faults by exceptions only
    return {std::nullopt, path.text() + ": is not the list of a state of this version", false};
  }
}

std::optional<StateList> read_list(const StatePlace& place) { return load_list(place).list; }

std::string absolute(const StatePlace& place) {
  std::error_code error;
  const os::Fd* const held = place.held ? place.held->held() : nullptr;
  if (held == nullptr) return std::filesystem::canonical(place.folder, error).string();
  const auto now =
      std::filesystem::canonical("/proc/self/fd/" + std::to_string(held->get()), error);
  if (!error) return now.string();
  // Without /proc: the old path, if it is still the same folder.
  const bool there = os::file_id(place.folder) == os::file_id(*held);
  return there ? std::filesystem::canonical(place.folder, error).string() : std::string();
}

namespace {

// The owner of the state by its control page: the folder it was last written for.
std::optional<Identity> owner_in_memory(const std::string& control, const std::string& folder) {
  auto fd = open_state_file(control, folder);
  if (!fd.ok()) return std::nullopt;
  const auto page = os::Mapping::of(std::move(*fd), os::Mapping::Access::read);
  if (!page.ok() || page->bytes().size() < sizeof(StateHead)) return std::nullopt;
  const auto& head = *reinterpret_cast<const StateHead*>(page->bytes().data());
  if (!head.whole()) return std::nullopt;
  return Identity{head.identity.data(), "", head.folder.data(), head.place};
}

// Whether a process uses it.
bool is_held(const StateList& list, const std::string& folder) {
  const auto fd = open_state_file(list.control, folder);
  return fd.ok() && !os::hold_alone(*fd);
}

}  // namespace

std::string fault_of_owner(const StateList& list, const StatePlace& place) {
  const std::string path = absolute(place);
  const auto own = read_identity(path);
  const auto folder = os::file_id(path);
  const bool here = folder && *folder == list.owner.place;
  // A list cannot be trusted; the state itself also names its owner.
  const auto claimed = owner_in_memory(list.control, path);
  // Without an identity that can be read, only the folder itself is sure to be the owner; with that
  // of another run in its place, only if the state was written for this very folder.
  const bool same_run = own ? own->id == list.owner.id || own->former == list.owner.id : here;
  const bool written_here = here && claimed && claimed->place == *folder;
  if (!same_run && !(written_here && claimed->id == list.owner.id)) {
    return list.owner.folder == path ? "it belongs to another run, which had this folder's path"
                                     : "it belongs to another run, that of " + list.owner.folder;
  }
  auto original = original_of(list.owner, path);
  if (!original && claimed) original = original_of(*claimed, path);
  if (original) return "it belongs to " + *original + ", of which this folder is a copy";
  return "";
}

namespace {

// The path of a file of that state, in memory or in the folder; empty: not found.
std::string find_file(const StatePlace& place, const std::string& stem, const std::string& end) {
  for (const auto& [folder, begin] :
       {std::pair{os::memory_folder(), kStateStem}, {absolute(place), kFolderStem}}) {
    if (folder.empty()) continue;
    std::string path = folder + "/" + std::string(begin) + stem + end;
    if (os::file_id(path)) return path;
  }
  return "";
}

// The head has all of a list but the order of the files, which is the order of their creation.
StateList list_in(const StateHead& head, const StatePlace& place, const std::string& control) {
  StateList list;
  list.boot = head.boot.data();
  list.version = head.version.data();
  list.owner = {head.identity.data(), "", head.folder.data(), head.place};
  list.control = control;
  list.replicas = head.replicas;
  list.private_cells = head.private_cells != 0;
  list.models = head.models != 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(head.stages, head.ends.size()); ++i) {
    list.slices.push_back({begin, head.ends[i]});
    begin = head.ends[i];
  }
  const std::string stem(stem_in_path(control));
  const auto add = [&](const std::string& end) {
    const std::string path = find_file(place, stem, end);
    const std::string beside = control.substr(0, control.size() - kControlEnd.size()) + end;
    list.weights.push_back(path.empty() ? beside : path);  // a missing file is reported later
  };
  const std::size_t cells = list.private_cells ? list.slices.size() * list.replicas : 0;
  if (!list.private_cells) add("-weights");
  for (std::size_t i = 0; i < std::min(cells, kMostCells); ++i) {
    add("-weights-" + std::to_string(i));
  }
  if (list.models) add("-weights-models");
  return list;
}

struct FoundState {
  StateList list;
  std::uint64_t committed = 0;
};

// The state with this control page, if a resume of this folder would have found it.
Result<std::optional<FoundState>> state_at(const StatePlace& place, const std::string& control,
                                           const Identity& own) {
  const std::optional<FoundState> none;
  const std::string path = absolute(place);
  auto fd = open_state_file(control, path);
  if (!fd.ok() && fd.error().kind == ErrorKind::internal) return fd.error();
  if (!fd.ok()) return none;
  FORKNET_ASSIGN(const auto memory, os::Mapping::of(std::move(*fd), os::Mapping::Access::read));
  if (memory.bytes().size() != sizeof(ControlPage)) return none;
  const auto& page = *reinterpret_cast<const ControlPage*>(memory.bytes().data());
  const bool its = page.head.whole() && own.id == page.head.identity.data() &&
                   os::file_id(path) == page.head.place &&
                   page.kept.load(std::memory_order_relaxed) != 0;
  if (!its) return none;
  FoundState found = {list_in(page.head, place, control), page.control.committed()};
  const bool fits = fits_together(found.list) && lists_one_state(found.list, path);
  return fits ? std::optional(std::move(found)) : none;
}

Result<std::optional<StateList>> list_of_files(const StatePlace& place) {
  std::optional<FoundState> newest;
  FORKNET_ASSIGN(const auto own, load_identity(absolute(place)));
  for (const auto& [folder, stem] :
       {std::pair{os::memory_folder(), kStateStem}, {absolute(place), kFolderStem}}) {
    if (folder.empty() || !own) continue;
    FORKNET_ASSIGN(const auto names, os::list_folder(folder));
    for (const std::string& name : names) {
      const bool its = name.ends_with(kControlEnd) && !stem_in_name(name, stem).empty() &&
                       name.find("-" + own->id + "-") != std::string::npos;
      if (!its) continue;
      FORKNET_ASSIGN(auto found, state_at(place, folder + "/" + name, *own));
      if (found && (!newest || found->committed > newest->committed)) newest = std::move(found);
    }
  }
  return newest ? std::optional(std::move(newest->list)) : std::nullopt;
}

}  // namespace

Result<ListRead> find_list(const StatePlace& place) {
  ListRead read = load_list(place);
  if (read.trouble) return Error{ErrorKind::internal, read.fault};
  if (read.list) {
    read.fault = fault_of_owner(*read.list, place);
    if (read.fault.empty()) return read;
  }
  FORKNET_ASSIGN(auto found, list_of_files(place));
  if (found) {
    const std::string why = read.fault.empty() ? "it is missing" : read.fault;
    return ListRead{std::move(found), why, false};
  }
  if (read.list) read.fault.clear();
  return read;
}

std::vector<std::string> removable(const StateList& list, const StatePlace& place) {
  std::vector<std::string> paths = list.paths();
  if (fault_of_owner(list, place).empty()) return paths;
  const std::string folder = absolute(place);
  std::erase_if(paths, [&](const std::string& path) { return os::folder_of(path) != folder; });
  return paths;
}

void remove_files_of(const StatePlace& place, const std::string& begin) {
  for (const auto& [folder, stem] :
       {std::pair{os::memory_folder(), kStateStem}, {absolute(place), kFolderStem}}) {
    if (folder.empty()) continue;
    const auto names = os::list_folder(folder);
    if (!names.ok()) continue;
    for (const std::string& name : *names) {
      const std::string found(stem_in_name(name, stem));
      if (found.empty() || name.find("-" + begin) == std::string::npos) continue;
      // An identity can be forged; the state itself names its owner.
      const std::string control =
          folder + "/" + std::string(stem) + found + std::string(kControlEnd);
      const auto owner = owner_in_memory(control, absolute(place));
      if (owner && os::file_id(absolute(place)) != owner->place) continue;
      os::remove_reserved(folder + "/" + name);
    }
  }
}

void remove_state(const StatePlace& place) {
  FORKNET_FAILPOINT("state/remove");
  const std::string folder = absolute(place);
  const auto list = read_list(place);
  if (list && is_held(*list, folder)) return;  // the run still trains
  if (list) {
    for (const std::string& path : removable(*list, place)) remove_state_file(path, folder);
  }
  // Also the files of a list that can no longer be read.
  const auto own = read_identity(folder);
  if (own && os::file_id(folder) == own->place) remove_files_of(place, own->id + "-");
  (void)os::remove_file(place.list());
}

}  // namespace forknet::run
