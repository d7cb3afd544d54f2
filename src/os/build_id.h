// Which build of the program this is: a number that the linker makes from the content of the
// executable (the GNU build id).
#pragma once

#include <string>

namespace forknet::os {

// Hexadecimal digits, of the executable, not of a library in it; empty where it was linked without
// (-Wl,--build-id=none).
[[nodiscard]] std::string build_id();

}  // namespace forknet::os
