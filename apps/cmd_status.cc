// forknet status: state and progress of a run and its cells.
#include "apps/commands.h"
#include "apps/output.h"
#include "apps/status_view.h"
#include "report/cells_text.h"

namespace forknet::apps {

int run_status(const StatusOptions& options) {
  const auto paths = run::find_run(options.run, options.runs);
  if (!paths.ok()) return fail(paths.error());
  const auto status = read_status(*paths);
  if (!status.ok()) return fail(status.error());
  try {
    const std::string text = options.json ? plain_json(*status) + "\n"
                                          : headline_of(*status) + "\n" +
                                                report::cells_text(cells_of(*status)) +
                                                report::advice_text(cells_of(*status));
    print(text);
  } catch (const nlohmann::json::exception& fault) {
    return fail({ErrorKind::data, std::string("status.json: ") + fault.what()});
  }
  return 0;
}

}  // namespace forknet::apps
