// The build of this program: a number that the linker computes from the content of the executable
// (the GNU build id).
#pragma once

#include <string>

namespace forknet::os {

// Hexadecimal digits, of the executable, not of a library; empty if it was linked with
// -Wl,--build-id=none.
[[nodiscard]] std::string build_id();

}  // namespace forknet::os
