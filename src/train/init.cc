// Process-wide because it describes main(): forknet::init() was called, so the program can become a
// cell.
#include <forknet/init.h>

#include <atomic>
#include <cstdlib>
#include <string_view>

#include "engine/cell_spec.h"
#include "nn/registered.h"
#include "train/cell_process.h"

namespace forknet {
namespace {
std::atomic<bool> called{false};
}  // namespace

void init(int argc, char** argv) {
  nn::close_registration();
  if (argc == 2 && std::string_view(argv[1]) == run::kCellWord) {
    std::exit(run::run_cell_process());
  }
  called.store(true, std::memory_order_relaxed);
}

bool run::can_start_cells() { return called.load(std::memory_order_relaxed); }

}  // namespace forknet
