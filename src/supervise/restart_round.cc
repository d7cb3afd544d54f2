#include "supervise/restart_round.h"

#include <numeric>
#include <utility>

#include "base/try.h"
#include "os/failpoint.h"

namespace forknet::run {

Status RestartRound::begin() {
  ProcessSupervisor::Cells all(cells_);
  std::iota(all.begin(), all.end(), std::size_t{0});
  return gather(std::move(all));
}

Status RestartRound::look_after(std::int64_t timeout_ns) {
  FORKNET_ASSIGN(auto missing, supervisor_.wait(timeout_ns));
  if (missing.empty()) return {};
  begin_next();
  return gather(std::move(missing));
}

void RestartRound::begin_next() {
  coordinator_.begin_generation(++number_);
  supervisor_.regroup();
}

// Starts cells without a process and waits until all join the generation, or a newer one if a cell
// dies meanwhile.
Status RestartRound::gather(ProcessSupervisor::Cells missing) {
  FORKNET_FAILPOINT("gather/begin");
  while (true) {
    if (parts_.interrupt) parts_.interrupt(number_);
    FORKNET_TRY(supervisor_.start(missing));
    FORKNET_FAILPOINT("gather/pipes");
    if (parts_.equip) FORKNET_TRY(parts_.equip(number_));
    FORKNET_ASSIGN(missing, supervisor_.gather([this](std::size_t cell) {
      return coordinator_.has_joined(cell, number_);
    }));
    if (missing.empty()) break;
    begin_next();
  }
  FORKNET_FAILPOINT("gather/joined");
  if (parts_.prepare) parts_.prepare(number_);
  coordinator_.open_generation(number_);
  FORKNET_FAILPOINT("gather/opened");
  if (parts_.opened) parts_.opened(number_);
  return {};
}

}  // namespace forknet::run
