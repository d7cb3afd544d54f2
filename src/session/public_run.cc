// The functions of forknet/run.h.
#include <forknet/run.h>

#include <utility>

#include "base/try.h"
#include "session/session.h"

namespace forknet {
namespace {

run::SessionOptions session_options(const RunOptions& options) {
  run::SessionOptions session;
  session.train = options.train;
  if (options.on_start) {
    session.on_start = [&options](const run::RunPaths& paths, auto&&...) {
      options.on_start(paths.folder);
    };
  }
  return session;
}

RunResult result_of(run::SessionResult session) {
  return {std::move(session.folder), std::move(session.result)};
}

}  // namespace

Result<RunResult> start_run(const Config& config, const RunOptions& options) {
  FORKNET_ASSIGN(const auto settings, run::resolve_config(config));
  FORKNET_ASSIGN(auto session,
                 run::start_session(settings, "# by a program\n", session_options(options)));
  return result_of(std::move(session));
}

Result<RunResult> resume_run(const std::string& folder, const std::vector<std::string>& sets,
                             const RunOptions& options) {
  run::Overrides overrides;
  overrides.sets = sets;
  FORKNET_ASSIGN(auto session,
                 run::resume_session(run::RunPaths{folder}, overrides, session_options(options)));
  return result_of(std::move(session));
}

}  // namespace forknet
