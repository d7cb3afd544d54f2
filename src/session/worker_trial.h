// A trial of a few steps before a run begins, where its layout may choose how many workers it takes
// and more can be slower: small nets (worker_counts.h). It trains on weights of its own, in threads
// of this process, and leaves nothing behind; a run's answer is the same with any number of
// workers.
#pragma once

#include "session/prepare.h"

namespace forknet::run {

// Takes as many workers as are fastest, at most those that the layout comes to on so many CPUs, and
// says so in Prepared::notes where they are fewer. Tens of milliseconds; a few tenths of a second
// where very many CPUs are tried. What is given, large nets, processes and models that train apart
// stay as they are; so does all where the trial fails (the run itself will say why), and while
// failpoints are set, which count the passes of the run.
void choose_workers(Prepared& prepared, int cpus);

}  // namespace forknet::run
