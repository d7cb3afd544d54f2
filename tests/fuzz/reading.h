// What the parsers of tests/fuzz share: files for readers of files, and a check of every message.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/check.h"
#include "os/reserved_file.h"
#include "os/temporary_folder.h"

namespace forknet::fuzz {

// In memory if that is available, so that nothing waits for a disk. Removed when the program ends.
inline const os::TemporaryFolder& folder() {
  static const os::TemporaryFolder one(os::memory_folder().empty()
                                           ? std::filesystem::temp_directory_path()
                                           : std::filesystem::path(os::memory_folder()));
  return one;
}

inline std::string file_of(std::string_view bytes, const std::string& name) {
  const std::string path = folder() / name;
  os::put_file(path, bytes);
  return path;
}

// A message fits on a screen whatever the file held.
template <class R>
void expect_short(const R& result) {
  constexpr std::size_t kMost = 4096;
  FORKNET_CHECK(result.ok() || result.error().message.size() < kMost);
}

}  // namespace forknet::fuzz
