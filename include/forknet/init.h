// For programs that run cells in processes of their own.
#pragma once

namespace forknet {

// Call at the top of main, before threads start. forknet starts the same program again for every
// cell process; there init() does the cell's work and ends the process. In the program that the
// user started it returns at once. Without this call training uses threads of this process only.
// Installs no signal handlers.
void init(int argc, char** argv);

}  // namespace forknet
