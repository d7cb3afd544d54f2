#include "supervise/process_pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/try.h"
#include "data/view_share.h"
#include "os/failpoint.h"
#include "os/fd_passing.h"
#include "os/memory.h"
#include "os/process.h"

namespace forknet::run {
namespace {

// How long to wait for a voluntary exit of cells.
constexpr std::int64_t kPatienceWithEnding = 2'000'000'000;

constexpr std::string_view kKilled = "was killed by SIGKILL";

}  // namespace

ProcessPool::ProcessPool(const EngineJob& job, LiveState& state, const os::Fd& event,
                         const os::Fd& arena, std::size_t cells)
    : job_(job),
      state_(state),
      coordinator_(state.control()),
      event_(event),
      arena_(arena),
      cells_(cells),
      memory_kills_(os::out_of_memory_kills()) {}

ProcessPool::~ProcessPool() {
  for (Process& cell : cells_) cell.socket.close();  // ends waits of cells for pipe ends
  const std::int64_t until = monotonic_ns() + (patient_ ? kPatienceWithEnding : 0);
  for (Process& cell : cells_) {
    if (cell.lives) (void)cell.process.ended_within(until - monotonic_ns());
  }
}

Status ProcessPool::open() {
  FORKNET_ASSIGN(lifeline_, os::make_lifeline());
  FORKNET_ASSIGN(program_, os::open_own_program());
  FORKNET_ASSIGN(view_, data::describe_view(job_.rows));
  return {};
}

CellSpec ProcessPool::spec_of(std::size_t cell) const {
  CellSpec spec;
  spec.config = job_.config;
  spec.grid = job_.grid;
  spec.transport = &transport_of(job_);
  spec.cell = cell;
  spec.replaces = cells_[cell].pid != 0;
  spec.total_steps = job_.total_steps;
  spec.rates = job_.rates;
  spec.target = std::string(math::target_name(job_.target));
  spec.trace = job_.trace != nullptr;
  return spec;
}

Status ProcessPool::start(std::size_t cell) {
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
  Process& worker = cells_[cell];
  FORKNET_FAILPOINT("fleet/start/before");
  FORKNET_ASSIGN(worker.process, os::ChildProcess::start(child));
  worker.socket = std::move(socket.parent);
  worker.lives = true;
  worker.killed = false;
  worker.pid = worker.process.pid();
  coordinator_.put_started(cell, worker.pid, os::start_ticks(worker.pid));
  FORKNET_FAILPOINT("fleet/start/after");
  watch();
  return {};
}

void ProcessPool::send(std::size_t cell, std::uint32_t generation,
                       std::span<const os::Fd* const> fds) {
  Process& worker = cells_[cell];
  if (!worker.lives) return;
  if (!os::send_fds(worker.socket, generation, fds).ok()) worker.process.kill();
}

void ProcessPool::watch() {
  watch_ = {};
  watch_.add(event_);
  for (const Process& cell : cells_) {
    if (cell.lives) watch_.add(cell.process.pidfd());
  }
}

// True: the kernel has killed a process for lack of memory since the last call.
bool ProcessPool::memory_ran_out() {
  const auto before = std::exchange(memory_kills_, os::out_of_memory_kills());
  return before && memory_kills_ && *memory_kills_ > *before;
}

std::vector<ProcessPool::Death> ProcessPool::deaths() {
  std::vector<Death> deaths;
  for (std::size_t cell = 0; cell < cells_.size(); ++cell) {
    Process& worker = cells_[cell];
    if (!worker.lives || !worker.process.ended()) continue;
    FORKNET_FAILPOINT("fleet/death");
    worker.lives = false;
    deaths.push_back({cell, worker.pid, worker.process.ending(), worker.process.own_fault()});
    coordinator_.put_death(cell);
  }
  if (deaths.empty()) return deaths;
  watch();
  // The kernel killed it (OOM).
  if (memory_ran_out()) {
    for (Death& death : deaths) {
      const bool by_kernel = death.ending == kKilled && !cells_[death.cell].killed;
      if (by_kernel) death.ending += " when the system was out of memory";
    }
  }
  return deaths;
}

ProcessPool::Found ProcessPool::look_for_stopped() const {
  Found found = Found::none;
  for (const Process& cell : cells_) {
    const char state = cell.lives ? os::process_state(cell.pid) : '\0';
    if (state == 't') return Found::traced;
    if (state == 'T') found = Found::stopped;
  }
  return found;
}

bool ProcessPool::is_stopped(std::size_t cell) const {
  return cells_[cell].lives && os::process_state(cells_[cell].pid) == 'T';
}

bool ProcessPool::runs(std::size_t cell) const {
  return cells_[cell].lives && os::process_state(cells_[cell].pid) == 'R';
}

void ProcessPool::dismiss(std::size_t cell) {
  Process& worker = cells_[cell];
  if (!worker.lives) return;
  worker.process.kill();
  worker.process.join();
  worker.lives = false;
  watch();
}

void ProcessPool::end_all() {
  for (Process& cell : cells_) cell.process.kill();
  for (Process& cell : cells_) {
    cell.process.join();
    cell.lives = false;
  }
  watch();
}

void ProcessPool::abort(std::size_t cell) {
  if (cells_[cell].lives) cells_[cell].process.abort();
}

void ProcessPool::kill(std::size_t cell) {
  if (!cells_[cell].lives) return;
  cells_[cell].killed = true;
  cells_[cell].process.kill();
}

std::int64_t ProcessPool::now() const { return monotonic_ns(); }

void ProcessPool::wait(std::int64_t timeout_ns) {
  watch_.wait(timeout_ns);
  os::clear(event_);
}

}  // namespace forknet::run
