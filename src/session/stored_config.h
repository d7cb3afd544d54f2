// config.resolved.toml of a run that goes on. It always says what the run does from now on: a
// change that a resume brought stays for the resumes after it.
#pragma once

#include <string>

#include "session/run_folder.h"
#include "settings/resolve.h"

namespace forknet::run {

// The file's new text: `settings` as resolved from the `stored` text called `name`, those taken
// over from it with the sources that they have there. The same text where nothing changes.
[[nodiscard]] std::string updated_config(const std::string& stored, const std::string& name,
                                         const Resolved& settings);

// What meta.json keeps of a text of it.
[[nodiscard]] std::string config_digest(const std::string& text);

// The file as it was written last. Error (config): it was edited, cut short or damaged, which its
// digest in `meta` (meta.json) tells; a run of a version that kept no digest is believed.
[[nodiscard]] Result<std::string> read_stored_config(const RunPaths& paths,
                                                     const std::string& meta);

// meta.json of the run. Error (data): it is missing or damaged, and what still works without it.
[[nodiscard]] Result<std::string> read_meta(const RunPaths& paths);

// Replaces the file and its digest, durably; writes nothing where both are so already. Whatever
// dies in between, the digests allow the text that is there.
[[nodiscard]] Status write_stored_config(const RunPaths& paths, const std::string& text);

}  // namespace forknet::run
