// forknet top: state and cells of a run, redrawn until it ends or the user quits. Without a
// terminal: once.
#include <algorithm>
#include <string>

#include "apps/commands.h"
#include "apps/output.h"
#include "apps/status_view.h"
#include "os/stop_signals.h"
#include "os/terminal.h"
#include "report/top_text.h"

namespace forknet::apps {
namespace {

constexpr std::int64_t kLookAgain = 100'000'000;  // ten times a second
constexpr std::size_t kAnyHeight = 100'000;
constexpr std::size_t kAnyWidth = 10'000;

Result<std::string> text_of(const nlohmann::json& status, std::size_t columns, std::size_t rows) {
  try {
    return report::top_text(headline_of(status), cells_of(status), columns, rows);
  } catch (const nlohmann::json::exception& fault) {
    return Error{ErrorKind::data, std::string("status.json: ") + fault.what()};
  }
}

int show_once(const nlohmann::json& status, bool as_json) {
  const auto text = as_json ? Result<std::string>(plain_json(status) + "\n")
                            : text_of(status, kAnyWidth, kAnyHeight);
  if (!text.ok()) return fail(text.error());
  print(*text);
  return 0;
}

// Overwrites the previous drawing. False: it could not be written.
bool draw(const std::string& text, std::string& drawn) {
  if (text == drawn) return true;
  const auto lines = std::count(drawn.begin(), drawn.end(), '\n');
  if (lines > 0) print_raw("\033[" + std::to_string(lines) + "A");
  print_raw("\r\033[J" + text);
  drawn = text;
  return flush_output();
}

}  // namespace

int run_top(const StatusOptions& options) {
  const auto paths = run::find_run(options.run, options.runs);
  if (!paths.ok()) return fail(paths.error());
  const bool redraws = !options.json && os::is_terminal(os::Stream::output);
  const os::StopSignals signals;  // so that the terminal is restored
  const auto keys = redraws ? os::Keys::open() : std::nullopt;
  std::string drawn;
  while (true) {
    const auto status = read_status(*paths);
    if (!status.ok()) return fail(status.error());
    if (!redraws) return show_once(*status, options.json);
    const auto text = text_of(*status, static_cast<std::size_t>(os::terminal_width()),
                              static_cast<std::size_t>(os::terminal_height()));
    if (!text.ok()) return fail(text.error());
    if (!draw(*text, drawn)) return 0;  // the end of the program reports a failure
    if (!is_alive(*status) || signals.requested() != 0) return 0;
    if (os::wants_to_leave(keys, kLookAgain)) return 0;
  }
}

}  // namespace forknet::apps
