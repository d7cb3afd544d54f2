#include "state/state_names.h"

#include <algorithm>

#include "os/file.h"
#include "os/reserved_file.h"

namespace forknet::run {
namespace {

constexpr std::string_view kWeights = "-weights";
constexpr std::string_view kModels = "-models";

// Whether `end` may follow "-weights": "", "-3" or "-models".
bool ends_weights(std::string_view end) {
  if (end.empty() || end == kModels) return true;
  return end.size() > 1 && end.front() == '-' &&
         end.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

std::string_view begin_in(std::string_view folder_of_file, const std::string& folder) {
  const std::string memory = os::memory_folder();
  if (!memory.empty() && folder_of_file == memory) return kStateStem;
  return folder_of_file == folder ? kFolderStem : std::string_view();
}

}  // namespace

std::string_view stem_in_name(std::string_view name, std::string_view begin) {
  if (!name.starts_with(begin) || name.find('/') != std::string_view::npos) return {};
  name.remove_prefix(begin.size());
  if (name.ends_with(kControlEnd)) return name.substr(0, name.size() - kControlEnd.size());
  const std::size_t weights = name.rfind(kWeights);
  if (weights == std::string_view::npos) return {};
  return ends_weights(name.substr(weights + kWeights.size())) ? name.substr(0, weights)
                                                              : std::string_view();
}

std::string_view stem_in_path(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  for (const std::string_view begin : {kStateStem, kFolderStem}) {
    if (const auto stem = stem_in_name(name, begin); !stem.empty()) return stem;
  }
  return {};
}

bool is_state_path(const std::string& path, const std::string& folder) {
  if (path.empty() || path.front() != '/' || path.find('\0') != std::string::npos) return false;
  const std::string_view begin = begin_in(os::folder_of(path), folder);
  return !begin.empty() && !stem_in_name(os::name_of(path), begin).empty();
}

Result<os::Fd> open_state_file(const std::string& path, const std::string& folder) {
  if (is_state_path(path, folder)) return os::open_reserved(path);
  return Error{ErrorKind::data, path + ": is not a file of a state of this run"};
}

void remove_state_file(const std::string& path, const std::string& folder) {
  if (is_state_path(path, folder)) os::remove_reserved(path);
}

}  // namespace forknet::run
