#include "state/stale_state.h"

#include <algorithm>
#include <map>

#include "os/file.h"
#include "os/reserved_file.h"
#include "state/live_state.h"

namespace forknet::run {
namespace {

// Whether the unreadable list of a folder may name that control page. Folders of other users never
// own a state of this user.
bool may_hold(const std::string& folder, const std::string& control) {
  if (!os::is_own_folder(folder)) return false;
  const auto own = read_identity(folder);
  return !own || control.find("-" + own->id + "-") != std::string::npos ||
         (!own->former.empty() && control.find("-" + own->former + "-") != std::string::npos);
}

// Whether the folder's list names that control page, or may do so if it cannot be read.
bool holds(const std::string& folder, const std::string& control) {
  const StatePlace place{folder};
  const auto read = find_list(place);
  if (!read.ok()) return may_hold(folder, control);
  if (!read->list) return !read->fault.empty() && may_hold(folder, control);
  return read->list->control == control && fault_of_owner(*read->list, place).empty();
}

std::vector<std::string> folders_in(const std::string& parent) {
  std::vector<std::string> folders;
  const auto names = os::list_folder(parent);
  if (!names.ok()) return folders;
  for (const std::string& name : *names) {
    const std::string folder = parent + "/" + name;
    if (os::exists(identity_path(folder))) folders.push_back(folder);
  }
  return folders;
}

// Whether a control page that no process holds is owned, or certainly or perhaps stale.
enum class Fate { owned, certain, unknown };

class Folders {
 public:
  explicit Folders(const std::string& runs) : seen_(folders_in(runs)) {}

  // `head`: null if the page is too short for one.
  Fate fate_of(const std::string& control, const StateHead* head) const {
    if (held_by_any(seen_, control)) return Fate::owned;
    if (head == nullptr || head->magic == 0) return Fate::certain;
    if (!head->whole()) return Fate::unknown;
    const std::string folder = head->folder.data();
    const auto there = read_identity(folder);
    const bool same = there && (there->id == head->identity.data());
    if (same) return holds(folder, control) ? Fate::owned : Fate::certain;
    // Moved, or removed.
    return held_by_any(folders_in(os::folder_of(folder)), control) ? Fate::owned : Fate::unknown;
  }

 private:
  static bool held_by_any(const std::vector<std::string>& folders, const std::string& control) {
    return std::any_of(folders.begin(), folders.end(),
                       [&](const std::string& folder) { return holds(folder, control); });
  }

  std::vector<std::string> seen_;
};

// Fills in `state`. False: a process uses the state, or a folder owns it.
bool looks_stale(const std::string& control, const Folders& folders, StaleState& state) {
  auto fd = os::open_reserved(control);
  if (!fd.ok() || !os::hold_alone(*fd)) return false;
  const auto memory = os::Mapping::of(std::move(*fd), os::Mapping::Access::read);
  const StateHead* head = nullptr;
  if (memory.ok() && memory->bytes().size() >= sizeof(StateHead)) {
    head = reinterpret_cast<const StateHead*>(memory->bytes().data());
  }
  const Fate fate = folders.fate_of(control, head);
  if (head != nullptr && head->whole()) state.folder = head->folder.data();
  state.certain = fate == Fate::certain;
  return fate != Fate::owned;
}

}  // namespace

std::vector<StaleState> stale_states(const std::string& runs) {
  std::vector<StaleState> stale;
  const std::string folder = os::memory_folder();
  const auto names = os::list_folder(folder.empty() ? "/nowhere" : folder);
  if (!names.ok()) return stale;
  std::map<std::string, std::vector<std::string>> states;  // by their stems
  for (const std::string& name : *names) {
    const std::string stem(stem_in_name(name, kStateStem));
    const std::string path = folder + "/" + name;
    if (!stem.empty() && os::open_reserved(path).ok()) states[stem].push_back(path);
  }
  const Folders folders(runs);
  for (auto& [stem, files] : states) {
    const std::string control = folder + "/" + std::string(kStateStem) + stem + kControlEnd.data();
    const auto own = std::find(files.begin(), files.end(), control);
    StaleState state;
    // The control page is made first and removed last: files without one cannot be used.
    if (own == files.end()) {
      state.certain = true;
    } else {
      std::rotate(own, own + 1, files.end());
      if (!looks_stale(control, folders, state)) continue;
    }
    state.files = std::move(files);
    stale.push_back(std::move(state));
  }
  return stale;
}

bool remove_stale_state(const StaleState& state) {
  if (state.files.empty()) return false;
  const std::string& last = state.files.back();
  // Held until all are removed: a process that waits for the lock then finds it removed.
  const auto fd = os::open_reserved(last);
  if (last.ends_with(kControlEnd) && (!fd.ok() || !os::hold_alone(*fd))) return false;
  for (const std::string& path : state.files) os::remove_reserved(path);
  return true;
}

}  // namespace forknet::run
