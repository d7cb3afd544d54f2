// Random bits of the kernel, for names that must not repeat. Numbers that training depends on come
// from base/philox.h.
#pragma once

#include <forknet/result.h>

#include <string>

namespace forknet::os {

// 128 bits as 32 lower-case hexadecimal digits. Error: the kernel has none to give.
[[nodiscard]] Result<std::string> random_name();

}  // namespace forknet::os
