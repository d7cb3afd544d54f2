// Failpoints of every floor of the library, for tests that set some in their own process.
#pragma once

#include <string>
#include <string_view>

#include "os/failpoint.h"
#include "session/failpoint_names.h"
#include "train/failpoint_lists.h"

namespace forknet {

// What is wrong with the text, else nothing.
inline std::string set_failpoints(std::string_view text) {
  static const bool known = [] {
    static constexpr os::failpoints::Names kUpper[] = {run::kSessionFailpoints};
    os::failpoints::know(run::kFailpointsOfCells);
    os::failpoints::know(kUpper);
    return true;
  }();
  return known ? os::failpoints::set(text) : "";
}

}  // namespace forknet
