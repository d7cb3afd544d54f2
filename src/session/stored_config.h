// config.resolved.toml of a resumed run. It always has the current settings: a change by one resume
// stays for the next ones.
#pragma once

#include <string>

#include "session/run_folder.h"
#include "settings/resolve.h"

namespace forknet::run {

// The file's new text: `settings`, resolved from the `stored` text called `name`; settings that
// come from it keep the sources that it has. The same text if nothing changes.
[[nodiscard]] std::string updated_config(const std::string& stored, const std::string& name,
                                         const Resolved& settings);

// The digest of a text of the file, which meta.json keeps.
[[nodiscard]] std::string config_digest(const std::string& text);

// Reads the file. Error (config): it does not have the digest in `meta` (meta.json), so it was
// edited, cut short or damaged. Without a digest (older versions) it is not checked.
[[nodiscard]] Result<std::string> read_stored_config(const RunPaths& paths,
                                                     const std::string& meta);

// Reads meta.json of the run. Error (data): it is missing or damaged; says what still works.
[[nodiscard]] Result<std::string> read_meta(const RunPaths& paths);

// Replaces the file and its digest, durably; writes nothing if both are current. If the process
// dies in between, the digests allow the text that is there.
[[nodiscard]] Status write_stored_config(const RunPaths& paths, const std::string& text);

}  // namespace forknet::run
