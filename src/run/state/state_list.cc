#include "run/state/state_list.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/checked.h"
#include "os/failpoint.h"
#include "os/file.h"
#include "os/reserved_file.h"
#include "run/state/live_state.h"
#include "run/state/state_names.h"

namespace forknet::run {
namespace {

using nlohmann::json;
constexpr std::size_t kMostList = std::size_t{1} << 22;

// As a name in a private folder.
os::FilePath list_of(const StatePlace& place) {
  return os::FilePath(place.folder) / os::name_of(place.list());
}

}  // namespace

std::vector<std::string> StateList::paths() const {
  std::vector<std::string> all = weights;
  all.push_back(control);
  return all;
}

Status write_list(const StatePlace& place, const StateList& list) {
  json slices = json::array();
  for (const auto& [begin, end] : list.slices) slices.push_back({begin, end});
  const json object = {{"boot", list.boot},
                       {"version", list.version},
                       {"control", list.control},
                       {"weights", list.weights},
                       {"slices", slices},
                       {"replicas", list.replicas},
                       {"private", list.private_cells},
                       {"models", list.models}};
  try {
    return os::replace_file(list_of(place), object.dump() + "\n");
  } catch (const json::exception&) {  // the library's only word for it
    return Error{ErrorKind::internal, place.list() + ": the path of a state is not UTF-8"};
  }
}

namespace {

// Every path is that of a file of one state, which this run can have.
bool lists_one_state(const StateList& list, const std::string& folder) {
  const std::string_view stem = stem_in_path(list.control);
  if (!list.control.ends_with(kControlEnd)) return false;
  const auto paths = list.paths();
  return std::all_of(paths.begin(), paths.end(), [&](const std::string& path) {
    return is_state_path(path, folder) && stem_in_path(path) == stem;
  });
}

// Whoever reads a list goes by its numbers into weights and slices.
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

}  // namespace

std::optional<StateList> read_list(const StatePlace& place) {
  const os::FilePath path = list_of(place);
  if (!os::exists(path)) return std::nullopt;
  const auto text = os::read_file(path, kMostList);
  if (!text.ok()) return std::nullopt;
  try {
    const json object = json::parse(*text);
    StateList list;
    list.boot = object.at("boot");
    list.version = object.at("version");
    list.control = object.at("control");
    list.weights = object.at("weights").get<std::vector<std::string>>();
    for (const json& slice : object.at("slices")) {
      list.slices.push_back({size_at(slice.at(0)), size_at(slice.at(1))});
    }
    list.replicas = size_at(object.at("replicas"));
    list.private_cells = object.at("private");
    list.models = object.value("models", false);
    if (!fits_together(list) || !lists_one_state(list, absolute(place))) return std::nullopt;
    return list;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

std::string absolute(const StatePlace& place) {
  std::error_code error;
  return std::filesystem::canonical(place.folder, error).string();
}

bool is_of_another(const StateList& list, const StatePlace& place) {
  auto fd = open_state_file(list.control, absolute(place));
  if (!fd.ok()) return false;
  const auto memory = os::Mapping::of(std::move(*fd), os::Mapping::Access::read);
  if (!memory.ok() || memory->bytes().size() < sizeof(ControlPage)) return false;
  const auto& head = reinterpret_cast<const ControlPage*>(memory->bytes().data())->head;
  if (!head.whole() || head.folder.data() == absolute(place)) return false;
  const auto others = read_list({head.folder.data()});  // none: the folder was moved
  return others && others->control == list.control;
}

void remove_state(const StatePlace& place) {
  FORKNET_FAILPOINT("state/remove");
  const auto list = read_list(place);
  if (list && !is_of_another(*list, place)) {
    for (const std::string& path : list->paths()) remove_state_file(path, absolute(place));
  }
  (void)os::remove_file(list_of(place));
}

}  // namespace forknet::run
