// `forknet data inspect --augment`: how training pictures are varied, as a picture.
#pragma once

#include "apps/commands.h"

namespace forknet::apps {

// Writes the sheet (data/augment/sheet.h) of a config's training pictures, or of those of a data
// file with the settings of --set, else with some that show everything. Returns the exit code.
[[nodiscard]] int show_augmented(const InspectOptions& options);

}  // namespace forknet::apps
