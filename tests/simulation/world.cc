#include "simulation/world.h"

#include <algorithm>

namespace forknet::run {
namespace {

constexpr std::int64_t kDying = kMillisecond;

}  // namespace

void World::die(std::size_t cell, std::int64_t when, const char* ending, bool own_fault) {
  Cell& own = cells_[cell];
  if (!own.lives || own.dies_at <= when) return;
  own.dies_at = when;
  own.ending = ending;
  own.own_fault = own_fault;
}

void World::hang(std::size_t cell, bool spins, bool deaf) {
  cells_[cell].hangs = cells_[cell].lives;
  cells_[cell].spins = spins;
  cells_[cell].deaf = deaf;
}

void World::go_on(std::size_t cell) {
  Cell& own = cells_[cell];
  own.stopped = own.traced = false;
  if (own.due != kNever) own.due = std::max(own.due, now_);
}

Status World::start(std::size_t cell) {
  expect(!cells_[cell].lives, "a cell that lives was started again");
  cells_[cell] = {};
  Cell& own = cells_[cell];
  own.lives = true;
  enter(own);
  own.due = now_ + chance_.between(kMillisecond, starts.most_ns);
  if (starts.hang_one_in > 0 && chance_.one_in(starts.hang_one_in)) {
    hang(cell, chance_.one_in(2), chance_.one_in(4));
  }
  if (starts.die_one_in > 0 && chance_.one_in(starts.die_one_in)) {
    die(cell, now_ + chance_.between(0, 10 * kMillisecond), "was killed by SIGKILL", false);
  }
  return {};
}

std::vector<CellHost::Death> World::deaths() {
  if (!unheard_.empty() && step_of_deaths_ != control_.committed()) {
    step_of_deaths_ = control_.committed();
    deaths_of_step_ = 0;
    faults_of_step_.clear();
  }
  for (const Death& death : unheard_) {
    ++deaths_of_step_;
    if (death.own_fault) faults_of_step_.push_back(std::to_string(death.cell) + death.ending);
  }
  return std::exchange(unheard_, {});
}

CellHost::Found World::look_for_stopped() const {
  Found found = Found::none;
  for (const Cell& cell : cells_) {
    if (cell.lives && cell.traced) return Found::traced;
    if (cell.lives && cell.stopped) found = Found::stopped;
  }
  return found;
}

bool World::runs(std::size_t cell) const {
  const Cell& own = cells_[cell];
  if (!own.lives || own.stopped || own.traced) return false;
  return own.hangs ? own.spins : own.phase == Phase::computing || own.phase == Phase::entering;
}

// A stopped process would die only when continued, which does not happen here.
void World::abort(std::size_t cell) {
  const Cell& own = cells_[cell];
  if (own.deaf || own.stopped || own.traced) return;
  die(cell, now_ + kDying, "was killed by SIGABRT", true);
}

void World::kill(std::size_t cell) { die(cell, now_ + kDying, "was killed by SIGKILL", false); }

int World::equal_faults() const {
  std::ptrdiff_t most = 0;
  for (const std::string& fault : faults_of_step_) {
    most = std::max(most, std::count(faults_of_step_.begin(), faults_of_step_.end(), fault));
  }
  return static_cast<int>(most);
}

std::string World::describe() const {
  std::string text = "at " + std::to_string(now_ / kMillisecond) + " ms, step " +
                     std::to_string(control_.committed()) + (control_.resting() ? " resting" : "") +
                     ", generation " + std::to_string(control_.generation()) + ":";
  constexpr const char* kPhases[] = {"entering", "joined", "ready", "computing", "meeting"};
  for (const Cell& cell : cells_) {
    text += std::string(" [") + (cell.lives ? kPhases[static_cast<int>(cell.phase)] : "dead");
    text += " step " + std::to_string(cell.step) + " generation " + std::to_string(cell.generation);
    text += std::string(cell.stopped ? " stopped" : "") + (cell.traced ? " traced" : "");
    text += std::string(cell.hangs ? " hangs" : "") + (cell.deaf ? " deaf" : "") + "]";
  }
  return text;
}

// Like the begin of live(): enters the current generation.
void World::enter(Cell& cell) {
  cell.phase = Phase::entering;
  cell.generation = control_.generation();
  cell.due = now_ + chance_.between(0, 3 * kMillisecond);
}

bool World::all_have_met(const Cell& cell) const {
  return std::all_of(cells_.begin(), cells_.end(), [&](const Cell& other) {
    if (!other.lives || other.generation != cell.generation) return false;
    return other.step > cell.step || (other.step == cell.step && other.phase == Phase::meeting);
  });
}

void World::finish(std::size_t cell) {
  Cell& own = cells_[cell];
  const std::uint64_t before = control_.committed();
  if (control_.finish(cell, cells_.size(), own.generation, own.step)) told_ = true;
  const std::uint64_t after = control_.committed();
  expect(after == before || after == before + 1, "a commit of more than one step");
  ++own.step;
  own.phase = Phase::ready;
}

// True: the cell did something.
bool World::react(std::size_t cell) {
  Cell& own = cells_[cell];
  if (!own.acts() || own.phase == Phase::entering || own.phase == Phase::computing) return false;
  if (control_.generation() != own.generation) {
    enter(own);
    return true;
  }
  switch (own.phase) {
    case Phase::joined:
      if (!control_.is_open(own.generation)) return false;
      own.step = control_.committed();
      own.phase = Phase::ready;
      return true;
    case Phase::ready:
      if (!control_.may_begin(own.step)) return false;
      own.phase = Phase::computing;
      own.due = now_ + chance_.between(kMillisecond / 2, 4 * kMillisecond);
      return true;
    case Phase::meeting:
      if (!all_have_met(own)) return false;
      finish(cell);
      return true;
    default:
      return false;
  }
}

void World::react_all() {
  for (bool moved = true; moved;) {
    moved = false;
    for (std::size_t cell = 0; cell < cells_.size(); ++cell) moved = react(cell) || moved;
  }
}

std::int64_t World::next_time() const {
  std::int64_t next = kNever;
  for (const Cell& cell : cells_) {
    if (cell.lives) next = std::min(next, cell.dies_at);
    if (cell.acts()) next = std::min(next, cell.due);
  }
  for (const Event& event : events_) next = std::min(next, event.when);
  return next;
}

void World::bury(std::size_t cell) {
  Cell& own = cells_[cell];
  ++deaths_;
  unheard_.push_back({cell, pid(cell), own.ending, own.own_fault});
  own = {};
  told_ = true;
}

// Runs all events that are due.
void World::let_happen() {
  for (std::size_t i = 0; i < events_.size();) {
    if (events_[i].when > now_) {
      ++i;
      continue;
    }
    const auto what = std::move(events_[i].what);
    events_.erase(events_.begin() + static_cast<std::ptrdiff_t>(i));
    what();
  }
  for (std::size_t cell = 0; cell < cells_.size(); ++cell) {
    Cell& own = cells_[cell];
    if (own.lives && own.dies_at <= now_) bury(cell);
    if (!own.acts() || own.due > now_) continue;
    own.due = kNever;
    if (own.phase == Phase::computing) own.phase = Phase::meeting;
    if (own.phase == Phase::entering) {
      control_.join(cell, own.generation);
      own.phase = Phase::joined;
      told_ = true;
    }
  }
}

void World::wait(std::int64_t timeout_ns) {
  const std::int64_t asleep = std::exchange(frozen_, 0);
  const bool frozen = asleep > 0;
  const std::int64_t until = now_ + timeout_ns + asleep;
  react_all();
  while (frozen || !told_) {
    const std::int64_t next = std::max(now_, next_time());
    if (next > until) break;
    now_ = next;
    let_happen();
    react_all();
  }
  if (frozen || !told_) now_ = until;
  asleep_ += asleep;
  told_ = false;
  if (on_look) on_look();
}

}  // namespace forknet::run
