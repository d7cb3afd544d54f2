// Keeps fitted or decoded sets (tables of text, packed pictures) from one start to the next if
// their rows lie in files (data/table_cache.h):
//
//   FOLDER/SETTINGS.set (set_file.h); SETTINGS: the digest of how the sources are read
//
// A start uses it if the sources match its digest and the rows of all its tables are intact.
// Otherwise it reads the sources again and replaces the set and its tables. The set file is written
// last and atomically: a process that dies before leaves only tables, which the next start
// replaces.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <string>

#include "data/formats/format.h"
#include "data/reading.h"
#include "data/table_cache.h"
#include "os/file_path.h"

namespace forknet::run {

// Like data::read_data(). `reading.cache` is not null. Errors: those of reading; sources changed
// meanwhile (data). A set that cannot be kept only adds a note.
[[nodiscard]] Result<data::Opened> open_kept(const Config& config, bool classes,
                                             const data::Reading& reading);

// Removes sets with tables missing from this folder.
void remove_broken_sets(const os::FilePath& folder);

}  // namespace forknet::run
