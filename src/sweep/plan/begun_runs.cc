#include "sweep/plan/begun_runs.h"

#include "os/file.h"

namespace forknet::sweep {

BegunRuns::BegunRuns(const std::string& dir, const std::string& name) {
  const auto entries = os::list_folder(dir);
  if (!entries.ok()) return;  // there is no such folder yet
  for (const std::string& entry : *entries) {
    const auto dash = entry.rfind('-');
    if (!entry.starts_with(name + "-") || dash == std::string::npos) continue;
    names_.emplace(entry.substr(dash + 1), entry);
  }
}

std::optional<std::string> BegunRuns::find(const std::string& digits) const {
  const auto found = names_.find(digits);
  return found == names_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace forknet::sweep
