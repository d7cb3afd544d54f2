// The program: parses the command line, runs the command, returns its exit code (docs/cli.md).
#include <forknet/init.h>

#include <cstdio>
#include <exception>

#include "apps/options.h"
#include "apps/output.h"
#include "apps/parse.h"
#include "base/printable.h"
#include "os/environment.h"
#include "os/failpoint.h"
#include "os/process_start.h"

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

int run(const std::vector<std::string>& words) {
  try {
    return run_words(words);
  } catch (const std::exception& error) {
    // forknet itself throws no exceptions: this is a lack of memory or a defect.
    std::fprintf(stderr, "forknet: internal error: %s\n",
                 forknet::printable_lines(error.what()).c_str());
    return 1;
  }
}

}  // namespace

int main(int argc, char** argv) {
  forknet::init(argc, argv);
  forknet::os::prepare_process();
  forknet::os::failpoints::set_from_environment(forknet::os::failpoints::kNoCell, false);
  return forknet::os::on_own_stack([&] {
    return forknet::apps::finish_output(run({argv + (argc > 0 ? 1 : 0), argv + argc}));
  });
}
