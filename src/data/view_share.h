// A view handed to another process: the table travels as its sealed mapping or its file, the rest
// as one more.
#pragma once

#include <forknet/result.h>

#include "data/view.h"
#include "os/mapping.h"

namespace forknet::data {

// Everything of a view but the table's numbers, sealed.
[[nodiscard]] Result<os::Mapping> describe_view(const View& view);

// The view again, from the descriptors of the table's mapping and of the description. Files have no
// names any more: nothing that can still be wrong is about a file.
[[nodiscard]] Result<View> view_of(os::Fd table, os::Fd description);

}  // namespace forknet::data
