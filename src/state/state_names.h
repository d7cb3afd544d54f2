// Which files are the state of a run: those that forknet makes, in the two places where it makes
// them. state.json comes from a run folder, and a run folder may come from anywhere (an archive, a
// mail): what it lists is opened and removed only if these rules say so as well.
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

// Names of files in memory, and in the folder of a run, begin so; a control page's ends so.
inline constexpr std::string_view kStateStem = "forknet-";
inline constexpr std::string_view kFolderStem = "state-";
inline constexpr std::string_view kControlEnd = "-control";

// The STEM of a file's name that begins with `begin`; empty where it is none of a state.
[[nodiscard]] std::string_view stem_in_name(std::string_view name, std::string_view begin);

// Whether the path may be that of a state file of the run in this folder: an absolute path without
// links, as state.json has it. Pure text: says nothing about what lies there.
[[nodiscard]] bool is_state_path(const std::string& path, const std::string& folder);

// The STEM of such a path: all files of one state share it.
[[nodiscard]] std::string_view stem_in_path(std::string_view path);

// Opens such a file to read and write. Error (data): the path is none of a state, or what lies
// there is a link, no regular file, or not this user's alone; (internal): the system cannot open
// it.
[[nodiscard]] Result<os::Fd> open_state_file(const std::string& path, const std::string& folder);

// Removes such a file, if it is a regular one of this user; anything else stays, links too.
void remove_state_file(const std::string& path, const std::string& folder);

}  // namespace forknet::run
