// A trial of a few steps before a run begins, if its layout may choose the number of workers and
// more can be slower: small nets (worker_counts.h). It trains its own weights in threads of this
// process and leaves nothing behind. The result of a run does not depend on the number of workers.
#pragma once

#include "session/prepare.h"

namespace forknet::run {

// Sets the fastest number of workers, at most that of the layout on `cpus` CPUs, and adds a note to
// Prepared::notes if it is smaller. Takes tens of milliseconds; a few tenths of a second for very
// many CPUs. Changes nothing for given numbers, large nets, processes and models that train apart;
// nor if the trial fails (the run will report the error), nor while failpoints are set, because
// they count the passes of the run.
void choose_workers(Prepared& prepared, int cpus);

}  // namespace forknet::run
