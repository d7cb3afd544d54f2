#include "run/state/orphans.h"

#include <algorithm>
#include <set>

#include "os/file.h"
#include "os/reserved_file.h"
#include "run/state/live_state.h"

namespace forknet::run {
namespace {

// Nobody works with it, and the run it is of does not know it.
bool is_orphan(const std::string& path) {
  auto fd = os::open_reserved(path);
  if (!fd.ok()) return false;
  const auto memory = os::Mapping::of(std::move(*fd), os::Mapping::Access::read);
  if (!memory.ok() || !os::hold_alone(memory->fd())) return false;
  if (memory->bytes().size() < sizeof(ControlPage)) return true;
  const auto& head = reinterpret_cast<const ControlPage*>(memory->bytes().data())->head;
  if (!head.whole()) return true;
  const auto list = read_list({std::string(head.folder.data())});
  return !list || list->control != path;
}

bool is_own(const std::string& path) { return os::open_reserved(path).ok(); }

}  // namespace

std::vector<std::string> orphaned_state_files() {
  std::vector<std::string> orphans;
  const std::string folder = os::memory_folder();
  const auto names = os::list_folder(folder.empty() ? "/nowhere" : folder);
  if (!names.ok()) return orphans;
  std::set<std::string> stems;
  for (const std::string& name : *names) {
    const auto stem = stem_in_name(name, kStateStem);
    if (!stem.empty()) stems.insert(std::string(kStateStem).append(stem));
  }
  for (const std::string& stem : stems) {
    const std::string control = stem + std::string(kControlEnd);
    // The control page is made first and removed last.
    const bool has_control = std::binary_search(names->begin(), names->end(), control);
    if (has_control && !is_orphan(folder + "/" + control)) continue;
    for (const std::string& name : *names) {
      const bool of_state = std::string(kStateStem).append(stem_in_name(name, kStateStem)) == stem;
      if (of_state && is_own(folder + "/" + name)) {
        orphans.push_back(folder + "/" + name);
      }
    }
  }
  return orphans;
}

}  // namespace forknet::run
