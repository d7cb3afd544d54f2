#include "supervise/fleet.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "data/view_share.h"
#include "os/failpoint.h"
#include "os/fd_passing.h"
#include "os/memory.h"
#include "os/process.h"

namespace forknet::run {
namespace {

// With cells that shall end by themselves.
constexpr std::int64_t kPatienceWithEnding = 2'000'000'000;

constexpr std::string_view kKilled = "was killed by SIGKILL";

}  // namespace

Fleet::Fleet(const EngineJob& job, LiveState& state, const os::Fd& event, const os::Fd& arena,
             std::size_t cells)
    : job_(job),
      state_(state),
      event_(event),
      arena_(arena),
      cells_(cells),
      memory_kills_(os::out_of_memory_kills()) {}

Fleet::~Fleet() {
  for (Member& cell : cells_) cell.socket.close();  // nobody waits for pipes any more
  const std::int64_t until = monotonic_ns() + (patient_ ? kPatienceWithEnding : 0);
  for (Member& cell : cells_) {
    if (cell.lives) (void)cell.process.ended_within(until - monotonic_ns());
  }
}

Status Fleet::open() {
  FORKNET_ASSIGN(lifeline_, os::make_lifeline());
  FORKNET_ASSIGN(program_, os::open_own_program());
  FORKNET_ASSIGN(view_, data::describe_view(job_.rows));
  return {};
}

CellSpec Fleet::spec_of(std::size_t cell) const {
  CellSpec spec;
  spec.config = job_.config;
  spec.grid = job_.grid;
  spec.channel = job_.config.grid.channel;
  spec.cell = cell;
  spec.replaces = cells_[cell].pid != 0;
  spec.total_steps = job_.total_steps;
  spec.rates = job_.rates;
  spec.target = std::string(math::target_name(job_.target));
  spec.trace = job_.trace != nullptr;
  return spec;
}

Status Fleet::start(std::size_t cell) {
  FORKNET_ASSIGN(const os::Mapping text, write_spec(spec_of(cell)));
  os::SocketEnds socket;
  if (!arena_.open()) {
    FORKNET_ASSIGN(socket, os::make_socket_pair());
  }
  os::ChildSpec child;
  child.program = &program_;
  child.words = {
      fmt::format("forknet: {} {}", job_.config.run.name, cell_name(job_.grid.shape, cell)),
      kCellWord};
  child.inherited = {&lifeline_.read,
                     &text.fd(),
                     &job_.rows.table->memory.fd(),
                     &view_.fd(),
                     &state_.control_fd(),
                     &event_,
                     &state_.weights_fd(cell),
                     arena_.open() ? &arena_ : &socket.child};
  if (job_.trace != nullptr) child.inherited.push_back(&job_.trace->fd());
  Member& member = cells_[cell];
  FORKNET_FAILPOINT("fleet/start/before");
  FORKNET_ASSIGN(member.process, os::ChildProcess::start(child));
  member.socket = std::move(socket.parent);
  member.lives = true;
  member.killed = false;
  member.pid = member.process.pid();
  CellWords& words = state_.control().cells[cell];
  words.pid.store(member.pid, std::memory_order_relaxed);
  words.pid_ticks.store(os::start_ticks(member.pid), std::memory_order_relaxed);
  FORKNET_FAILPOINT("fleet/start/after");
  watch();
  return {};
}

void Fleet::send(std::size_t cell, std::uint32_t generation, std::span<const os::Fd* const> fds) {
  Member& member = cells_[cell];
  if (!member.lives) return;
  if (!os::send_fds(member.socket, generation, fds).ok()) member.process.kill();
}

void Fleet::watch() {
  watch_ = {};
  watch_.add(event_);
  for (const Member& cell : cells_) {
    if (cell.lives) watch_.add(cell.process.pidfd());
  }
}

// Since it was asked last.
bool Fleet::memory_ran_out() {
  const auto before = std::exchange(memory_kills_, os::out_of_memory_kills());
  return before && memory_kills_ && *memory_kills_ > *before;
}

std::vector<Fleet::Death> Fleet::deaths() {
  std::vector<Death> deaths;
  for (std::size_t cell = 0; cell < cells_.size(); ++cell) {
    Member& member = cells_[cell];
    if (!member.lives || !member.process.ended()) continue;
    FORKNET_FAILPOINT("fleet/death");
    member.lives = false;
    deaths.push_back({cell, member.pid, member.process.ending(), member.process.own_fault()});
    state_.control().cells[cell].deaths.fetch_add(1, std::memory_order_relaxed);
  }
  if (deaths.empty()) return deaths;
  watch();
  // The kernel's word for a kill of its own.
  if (memory_ran_out()) {
    for (Death& death : deaths) {
      const bool by_kernel = death.ending == kKilled && !cells_[death.cell].killed;
      if (by_kernel) death.ending += " when the system was out of memory";
    }
  }
  return deaths;
}

Fleet::Found Fleet::look_for_stopped() const {
  Found found = Found::none;
  for (const Member& cell : cells_) {
    const char state = cell.lives ? os::process_state(cell.pid) : '\0';
    if (state == 't') return Found::traced;
    if (state == 'T') found = Found::stopped;
  }
  return found;
}

bool Fleet::is_stopped(std::size_t cell) const {
  return cells_[cell].lives && os::process_state(cells_[cell].pid) == 'T';
}

bool Fleet::runs(std::size_t cell) const {
  return cells_[cell].lives && os::process_state(cells_[cell].pid) == 'R';
}

void Fleet::dismiss(std::size_t cell) {
  Member& member = cells_[cell];
  if (!member.lives) return;
  member.process.kill();
  member.process.join();
  member.lives = false;
  watch();
}

void Fleet::end_all() {
  for (Member& cell : cells_) cell.process.kill();
  for (Member& cell : cells_) {
    cell.process.join();
    cell.lives = false;
  }
  watch();
}

void Fleet::abort(std::size_t cell) {
  if (cells_[cell].lives) cells_[cell].process.abort();
}

void Fleet::kill(std::size_t cell) {
  if (!cells_[cell].lives) return;
  cells_[cell].killed = true;
  cells_[cell].process.kill();
}

std::int64_t Fleet::now() const { return monotonic_ns(); }

void Fleet::wait(std::int64_t timeout_ns) {
  watch_.wait(timeout_ns);
  os::clear(event_);
}

}  // namespace forknet::run
