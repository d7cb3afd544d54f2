// The data sets of formats that fit or decode (tables of text, pictures), kept from one start to
// the next if their rows are in files (data/table_cache.h):
//
//   FOLDER/SETTINGS.set (set_file.h), SETTINGS the digest of the settings for reading the sources
//
// A start uses it if the sources have the stored digest (of folders also the names in them) and the
// rows of all its tables are whole; else it reads the sources again and replaces the set and its
// tables. The set is written last, atomically: a process that dies earlier leaves only tables that
// the next start replaces.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <string>

#include "data/formats/format.h"
#include "data/reading.h"
#include "data/table_cache.h"
#include "os/file_path.h"

namespace forknet::run {

// Like data::read_data(). `reading.cache` is not null. Errors: those of reading; sources that
// change meanwhile (data). If the set cannot be kept, only a note is given.
[[nodiscard]] Result<data::Opened> open_kept(const Config& config, bool classes,
                                             const data::Reading& reading);

// Removes sets with tables that are missing in this folder.
void remove_broken_sets(const os::FilePath& folder);

}  // namespace forknet::run
