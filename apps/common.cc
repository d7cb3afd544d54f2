// Functions of several subcommands.
#include <cstdio>
#include <filesystem>

#include "apps/commands.h"
#include "base/printable.h"
#include "base/try.h"
#include "os/file.h"
#include "os/file_lock.h"
#include "session/run_folder.h"
#include "store/checkpoint.h"

namespace forknet::apps {

int fail(const Error& error) {
  std::fprintf(stderr, "forknet: %s\n", printable_lines(error.message).c_str());
  return static_cast<int>(error.kind);
}

bool is_running(const run::RunPaths& paths) {
  return os::FileLock::holder(paths.lock()).has_value();
}

Result<os::FilePath> model_path(const std::string& model, const std::string& runs) {
  std::error_code error;
  const bool is_file = std::filesystem::is_regular_file(model, error);
  if (is_file || model.ends_with(".safetensors")) return os::FilePath(model);
  const auto found = run::find_run(model, runs);
  if (!found.ok()) {
    return Error{found.error().kind,
                 found.error().message + "\n  nor is there a file of this name"};
  }
  const run::RunPaths& paths = *found;
  if (os::exists(paths.model())) return paths.model();
  const store::CheckpointFolder checkpoints(paths.checkpoints());
  FORKNET_ASSIGN(const auto steps, checkpoints.steps());
  if (!steps.empty()) return checkpoints.path_of(steps.back());
  return Error{ErrorKind::data,
               paths.folder + ": this run has neither a model nor a checkpoint yet"};
}

}  // namespace forknet::apps
