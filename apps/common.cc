// What several subcommands need.
#include <cstdio>

#include "apps/commands.h"
#include "base/printable.h"
#include "os/file.h"
#include "run/run_folder.h"
#include "store/checkpoint.h"

namespace forknet::apps {

int fail(const Error& error) {
  std::fprintf(stderr, "forknet: %s\n", printable_lines(error.message).c_str());
  return static_cast<int>(error.kind);
}

Result<os::FilePath> model_path(const std::string& model, const std::string& runs) {
  const bool is_file = model.ends_with(".safetensors");
  if (is_file) return os::FilePath(model);
  FORKNET_ASSIGN(const auto paths, run::find_run(model, runs));
  if (os::exists(paths.model())) return paths.model();
  const store::CheckpointFolder checkpoints(paths.checkpoints());
  FORKNET_ASSIGN(const auto steps, checkpoints.steps());
  if (!steps.empty()) return checkpoints.path_of(steps.back());
  return Error{ErrorKind::data,
               paths.folder + ": this run has neither a model nor a checkpoint yet"};
}

}  // namespace forknet::apps
