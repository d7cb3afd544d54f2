// A trial of a few steps before a run of a small net begins, if its layout may choose the number of
// workers (worker_counts.h). It trains its own weights in threads of this process and leaves
// nothing behind. The result of a run is the same with any number of workers.
#pragma once

#include "session/prepare.h"

namespace forknet::run {

// Sets the fastest number of workers, at most that of the layout on `cpus` CPUs; adds a line to
// Prepared::notes if they are fewer. Takes tens of milliseconds, with very many CPUs a few tenths
// of a second. Changes nothing for given numbers, large nets, processes and models that train
// apart, if the trial fails (the run itself reports why), and while failpoints are set, which count
// the passes of the run.
void choose_workers(Prepared& prepared, int cpus);

}  // namespace forknet::run
