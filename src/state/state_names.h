// Names of the files of a run's state, in the two places where forknet makes them. A run folder
// with its state.json may come from anywhere (an archive, a mail), so listed files are opened and
// removed only if these rules allow it.
//   in memory           /dev/shm/forknet-STEM-END
//   in the run's folder FOLDER/state-STEM-END
//   END                 control | weights | weights-NUMBER | weights-models
// STEM is not empty and holds no slash.
#pragma once

#include <forknet/result.h>

#include <string>
#include <string_view>

#include "os/fd.h"

namespace forknet::run {

// How names begin in memory and in a run folder, and how the name of a control page ends.
inline constexpr std::string_view kStateStem = "forknet-";
inline constexpr std::string_view kFolderStem = "state-";
inline constexpr std::string_view kControlEnd = "-control";

// The STEM of a file name that begins with `begin`; empty: it is not a name of a state file.
[[nodiscard]] std::string_view stem_in_name(std::string_view name, std::string_view begin);

// Whether the path may be that of a state file of the run in this folder: an absolute path without
// links, as state.json has it. Checks the text only, not the file.
[[nodiscard]] bool is_state_path(const std::string& path, const std::string& folder);

// The STEM of such a path: all files of one state share it.
[[nodiscard]] std::string_view stem_in_path(std::string_view path);

// Opens such a file for reading and writing. Error (data): the path is not that of a state file, or
// it is a link, not a regular file, or not private to this user; (internal): the system cannot open
// it.
[[nodiscard]] Result<os::Fd> open_state_file(const std::string& path, const std::string& folder);

// Removes such a file if it is a regular file of this user; anything else stays, also links.
void remove_state_file(const std::string& path, const std::string& folder);

}  // namespace forknet::run
