// For programs that want cells in processes of their own.
#pragma once

namespace forknet {

// At the top of main, before threads are started and layers of your own are used. forknet starts
// the same program again for every cell process; there init() does the cell's work and ends the
// process. In the program that the user started it returns at once. Without it, training keeps to
// threads of this process. Installs no signal handlers.
void init(int argc, char** argv);

}  // namespace forknet
