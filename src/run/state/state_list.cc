#include "run/state/state_list.h"

#include <nlohmann/json.hpp>

#include "os/file.h"

namespace forknet::run {
namespace {

using nlohmann::json;
constexpr std::size_t kMostText = std::size_t{1} << 22;

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
                       {"private", list.private_cells}};
  return os::replace_file(place.list(), object.dump() + "\n");
}

std::optional<StateList> read_list(const StatePlace& place) {
  if (!os::exists(place.list())) return std::nullopt;
  const auto text = os::read_file(place.list(), kMostText);
  if (!text.ok()) return std::nullopt;
  try {
    const json object = json::parse(*text);
    StateList list;
    list.boot = object.at("boot");
    list.version = object.at("version");
    list.control = object.at("control");
    list.weights = object.at("weights").get<std::vector<std::string>>();
    for (const json& slice : object.at("slices")) list.slices.push_back({slice.at(0), slice.at(1)});
    list.replicas = object.at("replicas");
    list.private_cells = object.at("private");
    return list;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

void remove_state(const StatePlace& place) {
  if (const auto list = read_list(place)) {
    for (const std::string& path : list->paths()) (void)os::remove_file(path);
  }
  (void)os::remove_file(place.list());
}

}  // namespace forknet::run
