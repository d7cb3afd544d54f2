// Passes a view to another process: the table as its sealed mapping or file, the rest as a second
// mapping.
#pragma once

#include <forknet/result.h>

#include "data/view.h"
#include "os/mapping.h"

namespace forknet::data {

// Everything of a view except the table's numbers, sealed.
[[nodiscard]] Result<os::Mapping> describe_view(const View& view);

// The view, from the descriptors of the table's mapping and of the description. File names are not
// passed on: all checks that would name a file have been made.
[[nodiscard]] Result<View> view_of(os::Fd table, os::Fd description);

}  // namespace forknet::data
