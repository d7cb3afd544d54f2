// Files in memory of the states of runs: a test sees what there is and leaves nothing.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <vector>

#include "os/reserved_file.h"
#include "state/live_state.h"

namespace forknet::run {

// What the names of a run's files begin with: no other run's do. The folder gets an identity.
inline std::string memory_stem(const std::string& run_folder) {
  const std::string real = std::filesystem::canonical(run_folder).string();
  const std::string name = std::filesystem::path(real).filename().string();
  return fmt::format("{}/{}{}-{}-", os::memory_folder(), kStateStem, name,
                     claim_identity(run_folder).value().id);
}

// Those of one run, sorted.
inline std::vector<std::string> memory_files(const std::string& run_folder) {
  std::vector<std::string> files;
  if (os::memory_folder().empty()) return files;
  if (!read_identity(run_folder)) return files;
  const std::string stem = memory_stem(run_folder);
  for (const auto& entry : std::filesystem::directory_iterator(os::memory_folder())) {
    if (entry.path().string().starts_with(stem)) files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

inline void remove_memory_files(const std::string& run_folder) {
  for (const std::string& path : memory_files(run_folder)) std::filesystem::remove_all(path);
}

}  // namespace forknet::run
