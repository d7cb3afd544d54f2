// The program: parses the command line, runs the command, returns its exit code (docs/cli.md).
#include <forknet/init.h>

#include <array>
#include <cstdio>
#include <exception>

#include "apps/command_list.h"
#include "apps/commands.h"
#include "apps/failpoint_names.h"
#include "apps/options.h"
#include "apps/output.h"
#include "apps/parse.h"
#include "base/printable.h"
#include "os/environment.h"
#include "os/failpoint.h"
#include "os/process_start.h"
#include "session/failpoint_names.h"
#include "sweep/failpoint_names.h"
#include "sweep/trial_process.h"
#include "train/failpoint_lists.h"

namespace {

int run_words(const std::vector<std::string>& words) {
  namespace apps = forknet::apps;
  const auto parsed = apps::parse(words);
  if (const auto* stop = std::get_if<apps::Stop>(&parsed)) {
    if (stop->code == 0) {
      apps::print(stop->text);
    } else {
      std::fputs(stop->text.c_str(), stderr);
    }
    return stop->code;
  }
  return apps::dispatch(std::get<apps::ParsedCommand>(parsed),
                        forknet::os::environment_with_prefix("FORKNET_"));
}

int run(std::vector<std::string> words) {
  try {
    if (const auto tied = forknet::sweep::live_as_trial(words); !tied.ok()) {
      return forknet::apps::fail(tied.error());
    }
    return run_words(words);
  } catch (const std::exception& error) {
    // forknet itself throws no exceptions: this is a lack of memory or a defect.
    std::fprintf(stderr, "forknet: internal error: %s\n",
                 forknet::printable_lines(error.what()).c_str());
    return 1;
  }
}

// Before init(): cells are told of the same places.
void know_failpoints() {
  using forknet::os::failpoints::Names;
  static constexpr std::array<Names, 3> kUpper = {forknet::run::kSessionFailpoints,
                                                  forknet::sweep::kSweepFailpoints,
                                                  forknet::apps::kAppFailpoints};
  forknet::os::failpoints::know(forknet::run::kFailpointsOfCells);
  forknet::os::failpoints::know(kUpper);
}

}  // namespace

int main(int argc, char** argv) {
  know_failpoints();
  forknet::apps::know_commands();
  forknet::init(argc, argv);
  forknet::os::prepare_process();
  forknet::os::failpoints::set_from_environment(forknet::os::failpoints::kNoCell, false);
  return forknet::os::on_own_stack([&] {
    return forknet::apps::finish_output(run({argv + (argc > 0 ? 1 : 0), argv + argc}));
  });
}
