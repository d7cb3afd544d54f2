// Random bits of the kernel, for names that must not repeat. Random numbers of the training come
// from base/philox.h.
#pragma once

#include <forknet/result.h>

#include <string>

namespace forknet::os {

// 128 bits as 32 lower-case hexadecimal digits. Error: the kernel provides none.
[[nodiscard]] Result<std::string> random_name();

}  // namespace forknet::os
