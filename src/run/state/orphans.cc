#include "run/state/orphans.h"

#include <algorithm>

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
  if (head.magic != StateHead::kMagic) return true;
  const auto list = read_list({std::string(head.folder.data())});
  return !list || list->control != path;
}

}  // namespace

std::vector<std::string> orphaned_state_files() {
  std::vector<std::string> orphans;
  const std::string folder = os::memory_folder();
  const auto names = os::list_folder(folder.empty() ? "/nowhere" : folder);
  if (!names.ok()) return orphans;
  for (const std::string& name : *names) {
    if (!name.starts_with(kStateStem) || !name.ends_with(kControlEnd)) continue;
    if (!is_orphan(folder + "/" + name)) continue;
    const std::string stem = name.substr(0, name.size() - kControlEnd.size());
    std::copy_if(names->begin(), names->end(), std::back_inserter(orphans),
                 [&](const std::string& other) { return other.starts_with(stem + "-"); });
  }
  for (std::string& name : orphans) name = folder + "/" + name;
  return orphans;
}

}  // namespace forknet::run
