// forknet init: a commented config to start from.
#include <fmt/format.h>

#include <cstdio>

#include "apps/commands.h"
#include "apps/output.h"
#include "os/durable_file.h"
#include "os/file.h"
#include "run/settings/command_table.h"
#include "run/settings/write.h"

namespace forknet::apps {
namespace {

int write(const run::Template& chosen, const std::string& file) {
  if (os::exists(file)) {
    return fail({ErrorKind::usage,
                 file +
                     " is there already and is left as it is\n  give another name: forknet init " +
                     std::string(chosen.kind) + " FILE"});
  }
  const std::string text = run::template_text(chosen);
  const Status written = os::write_durably(file, text, 0644);
  if (!written.ok()) return fail(written.error());
  print(fmt::format("wrote {}; train with: forknet train {}\n", file, file));
  const auto settings = run::resolve_text(text, file, {});
  const std::string inputs = settings.ok() ? settings->config.data.train.inputs : "";
  if (!inputs.empty() && !os::exists(inputs)) {
    print(fmt::format("its data files are not there yet: \"forknet data digits {}\" draws some\n",
                      os::folder_of(inputs)));
  }
  return 0;
}

}  // namespace

int run_init(const InitOptions& options) {
  for (const run::Template& known : run::templates()) {
    if (known.kind == options.kind)
      return write(known, options.file.value_or(std::string(known.file)));
  }
  const std::string message =
      run::not_built_message("init " + options.kind, "readers of CSV files");
  std::fprintf(stderr, "%s\n", message.c_str());
  return static_cast<int>(ErrorKind::usage);
}

}  // namespace forknet::apps
