// A program's own parts (include/forknet/optimizer.h, schedule.h).
#pragma once

namespace forknet::nn {

// From now on no part can be registered: cell processes have those of the top of main.
void close_registration();

}  // namespace forknet::nn
