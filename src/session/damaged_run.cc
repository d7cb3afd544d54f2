#include "session/damaged_run.h"

#include <fmt/format.h>

#include <algorithm>

#include "store/checkpoint.h"

namespace forknet::run {

std::string what_still_works(const RunPaths& paths) {
  const store::CheckpointFolder folder(paths.checkpoints());
  const auto steps = folder.steps();
  const std::string config = paths.given_config().text();
  if (steps.ok()) {
    const auto newest = std::find_if(steps->rbegin(), steps->rend(),
                                     [&](std::int64_t step) { return folder.load(step).ok(); });
    if (newest != steps->rend()) {
      const std::string file = folder.path_of(*newest).text();
      return fmt::format(
          "\n  the weights of step {} are whole: forknet eval {} --data FILE\n"
          "  a new run that begins with them: forknet train {} --init-from {}",
          *newest, file, config, file);
    }
  }
  return fmt::format("\n  it has no checkpoint that is whole; begin again: forknet train {}",
                     config);
}

}  // namespace forknet::run
