// The sets of a run whose format fits or decodes what it makes (tables of text, packed pictures),
// kept from one start to the next where their rows lie in files (data/table_cache.h):
//
//   FOLDER/SETTINGS.set (set_file.h), SETTINGS the digest of how the sources are read
//
// A start takes it when the sources have the digest it says and the rows of all its tables are
// whole; else it reads the sources again and replaces it and its tables. It is written last and at
// once: what dies before leaves nothing that is believed, and tables that the next start replaces.
#pragma once

#include <forknet/config.h>
#include <forknet/result.h>

#include <string>

#include "data/formats/format.h"
#include "data/reading.h"
#include "data/table_cache.h"
#include "os/file_path.h"

namespace forknet::run {

// As data::read_data(). `reading.cache` is not null. Errors: those of reading; sources that change
// meanwhile (data). A set that cannot be kept is only noted.
[[nodiscard]] Result<data::Opened> open_kept(const Config& config, bool classes,
                                             const data::Reading& reading);

// Removes sets of which not all tables are in this folder.
void remove_broken_sets(const os::FilePath& folder);

}  // namespace forknet::run
