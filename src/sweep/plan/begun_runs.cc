#include "sweep/plan/begun_runs.h"

#include <algorithm>
#include <utility>

#include "os/file.h"

namespace forknet::sweep {
namespace {

std::string after_dash(const std::string& name) {
  const auto dash = name.rfind('-');
  return dash == std::string::npos ? "" : name.substr(dash + 1);
}

}  // namespace

BegunRuns::BegunRuns(const std::string& dir, const std::optional<std::string>& name) {
  const auto entries = os::list_folder(dir);
  if (!entries.ok()) return;  // there is no such folder yet
  const std::string begin = name ? *name + "-" : "";
  for (const std::string& entry : *entries) {
    if (!entry.starts_with(begin)) continue;
    std::string end = after_dash(entry);
    const std::string before =
        entry.substr(0, entry.size() - std::min(entry.size(), end.size() + 1));
    if (end.size() < kDigits) end = after_dash(before);  // "-2": the name was taken
    if (end.size() == kDigits) names_.emplace(std::move(end), entry);
  }
}

std::optional<std::string> BegunRuns::find(const std::string& digits) const {
  const auto found = names_.find(digits);
  return found == names_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace forknet::sweep
