// forknet pause, resume, checkpoint, stop, hold, release, scale, reload: sends an order to a run
// and prints its answer.
#include <fmt/format.h>

#include "apps/commands.h"
#include "apps/output.h"
#include "base/clock.h"
#include "base/printable.h"
#include "os/event.h"
#include "os/local_socket.h"
#include "session/run_folder.h"
#include "train/orders/messages.h"

namespace forknet::apps {
namespace {

constexpr std::int64_t kTimeout =
    120'000'000'000;  // an evaluation or a large step may take so long

constexpr const char* kNotNow =
    ": closed the connection before it answered; it may be ending, or have too much to answer\n"
    "  see: forknet ps, or try again";
constexpr const char* kEnded = ": has ended meanwhile";

Error not_reached(const run::RunPaths& paths, const Error& error) {
  if (!is_running(paths)) {
    return {ErrorKind::usage, paths.name() + ": is not running\n  see: forknet ps"};
  }
  return {ErrorKind::usage, paths.name() + ": runs, but cannot be asked now (" + error.message +
                                ")\n  it may be starting or ending; try again, or see its log: "
                                "forknet logs " +
                                paths.name()};
}

// The last message of a run that closed: the first read may only report the close.
os::Received last_words(const os::Fd& socket) {
  const os::Received first = os::receive_message(socket);
  return first.closed ? os::receive_message(socket) : first;
}

Result<run::OrderAnswer> ask(const run::RunPaths& paths, const std::string& text) {
  const auto socket = os::connect_to(paths.place(), run::kControlSocket);
  if (!socket.ok()) return not_reached(paths, socket.error());
  if (!os::send_message(*socket, text)) {
    // A run with too many clients sends a refusal before it closes.
    const os::Received refusal = last_words(*socket);
    if (!refusal.text.empty()) return run::parse_answer(refusal.text);
    return Error{ErrorKind::usage, paths.name() + (is_running(paths) ? kNotNow : kEnded)};
  }
  const std::int64_t until = monotonic_ns() + kTimeout;
  while (monotonic_ns() < until) {
    (void)os::wait_for_readable({&*socket}, until - monotonic_ns());
    os::Received received = os::receive_message(*socket);
    if (received.closed) received = last_words(*socket);
    if (!received.text.empty()) return run::parse_answer(received.text);
    if (received.closed) {
      return Error{ErrorKind::usage, paths.name() + (is_running(paths) ? kNotNow : kEnded)};
    }
  }
  return Error{ErrorKind::internal,
               paths.name() +
                   ": did not answer within two minutes; the order may still be carried "
                   "out\n  see: forknet status " +
                   paths.name()};
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
