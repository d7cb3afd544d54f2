// Work that threads share: its parts are taken in turn, so that none waits while there is more.
#pragma once

#include <cstddef>
#include <functional>

namespace forknet::data {

// work(part) once for each part below `parts`, by at most so many threads, the calling one among
// them; all is done when it returns. Threads that cannot be started are done without. Which thread
// takes which part is open: what is made may not depend on it.
void share_out(std::size_t threads, std::size_t parts,
               const std::function<void(std::size_t part)>& work);

}  // namespace forknet::data
