// forknet pause, resume, checkpoint, stop, hold, release, scale, reload: asks a run and prints its
// answer.
#include <fmt/format.h>

#include "apps/commands.h"
#include "apps/output.h"
#include "base/clock.h"
#include "os/event.h"
#include "os/local_socket.h"
#include "run/control/messages.h"
#include "run/run_folder.h"

namespace forknet::apps {
namespace {

constexpr std::int64_t kPatience =
    120'000'000'000;  // an evaluation or a large step may be under way

Result<run::OrderAnswer> ask(const run::RunPaths& paths, const std::string& text) {
  const auto socket = os::connect_to(paths.folder, run::kControlSocket);
  if (!socket.ok()) {
    return Error{ErrorKind::usage, paths.name() + ": is not running\n  see: forknet ps"};
  }
  if (!os::send_message(*socket, text)) {
    return Error{ErrorKind::usage, paths.name() + ": takes no orders; it is ending"};
  }
  const std::int64_t until = monotonic_ns() + kPatience;
  while (monotonic_ns() < until) {
    (void)os::wait_for_readable({&*socket}, until - monotonic_ns());
    const os::Received received = os::receive_message(*socket);
    if (received.closed) return Error{ErrorKind::usage, paths.name() + ": has ended meanwhile"};
    if (!received.text.empty()) return run::parse_answer(received.text);
  }
  return Error{ErrorKind::internal, paths.name() + ": did not answer within two minutes"};
}

}  // namespace

int run_control(const ControlOptions& options) {
  const auto paths = run::find_run(options.run, options.runs);
  if (!paths.ok()) return fail(paths.error());
  const auto answer = ask(*paths, run::order_text(options.order, options.replicas));
  if (!answer.ok()) return fail(answer.error());
  if (!answer->fault.empty()) {
    return fail({ErrorKind::usage, paths->name() + ": " + answer->fault});
  }
  if (options.json) {
    print(run::answer_text(*answer) + "\n");
  } else {
    print(fmt::format("{}: {} at step {}, {}{}\n", paths->name(), options.order, answer->step,
                      answer->state, answer->note.empty() ? "" : ": " + answer->note));
  }
  return 0;
}

}  // namespace forknet::apps
