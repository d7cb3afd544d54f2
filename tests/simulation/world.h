// Simulated cells in simulated time: what the parts of a Supervisor see of a machine on which cells
// start slowly, die, hang, are stopped and continued at random moments. A cell behaves like live()
// (engine/cell_life.h) on the real control blocks of Control, but never waits: the world polls
// whether it can continue.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "state/control.h"
#include "supervise/cell_host.h"

namespace forknet::run {

// SplitMix64 (Steele, Lea, Flood 2014).
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // Both included.
  std::int64_t between(std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(most - least + 1));
  }
  bool one_in(std::uint64_t n) { return next() % n == 0; }

 private:
  std::uint64_t state_;
};

inline constexpr std::int64_t kMillisecond = 1'000'000;
inline constexpr std::int64_t kSecond = 1'000'000'000;
inline constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

class World final : public CellHost {
 public:
  World(Control& control, std::size_t cells, Chance& chance)
      : control_(control), chance_(chance), cells_(cells) {}

  // --- what happens from outside, `after` the beginning
  void at(std::int64_t after, std::function<void()> what) {
    events_.push_back({after, std::move(what)});
  }
  void die(std::size_t cell, std::int64_t when, const char* ending, bool own_fault);
  void hang(std::size_t cell, bool spins, bool deaf);
  void stop(std::size_t cell) { cells_[cell].stopped = cells_[cell].lives; }
  void trace(std::size_t cell) { cells_[cell].traced = cells_[cell].lives; }
  void go_on(std::size_t cell);
  // Freezes the Supervisor for that time: it checks nothing.
  void freeze_supervisor(std::int64_t how_long) { frozen_ += how_long; }
  // Called after every wait; an exception from it ends the life.
  std::function<void()> on_look;
  // The behaviour of the next processes at their start.
  struct Starts {
    std::uint64_t die_one_in = 0;  // 0: none
    std::uint64_t hang_one_in = 0;
    std::int64_t most_ns = 30 * kMillisecond;
  } starts;

  // --- CellHost
  Status start(std::size_t cell) override;
  std::vector<Death> deaths() override;
  [[nodiscard]] Found look_for_stopped() const override;
  [[nodiscard]] bool is_stopped(std::size_t cell) const override {
    return cells_[cell].lives && cells_[cell].stopped;
  }
  [[nodiscard]] bool runs(std::size_t cell) const override;
  void dismiss(std::size_t cell) override { cells_[cell] = {}; }
  void abort(std::size_t cell) override;
  void kill(std::size_t cell) override;
  [[nodiscard]] int pid(std::size_t cell) const override { return static_cast<int>(cell) + 1; }
  void wait(std::int64_t timeout_ns) override;
  void give_up() override {}
  [[nodiscard]] std::int64_t now() const override { return now_; }

  // --- results
  // The time without that in which the Supervisor was frozen.
  [[nodiscard]] std::int64_t awake() const { return now_ - asleep_; }
  // The first broken promise; empty: none.
  [[nodiscard]] const std::string& broken() const { return broken_; }
  void expect(bool right, const std::string& what) {
    if (!right && broken_.empty()) broken_ = what;
  }
  [[nodiscard]] std::uint64_t deaths_so_far() const { return deaths_; }
  // The number of deaths reported at the current step, and of equal ones by a fault.
  [[nodiscard]] std::uint64_t deaths_of_step() const { return deaths_of_step_; }
  [[nodiscard]] int equal_faults() const;
  [[nodiscard]] std::string describe() const;

 private:
  enum class Phase { entering, joined, ready, computing, meeting };
  struct Cell {
    bool lives = false;
    Phase phase = Phase::entering;
    std::int64_t due = kNever;  // when its present action (entering, computing) is done
    std::uint32_t generation = 0;
    std::uint64_t step = 0;
    bool stopped = false;
    bool traced = false;
    bool hangs = false;
    bool spins = false;  // hangs in a loop
    bool deaf = false;   // ignores SIGABRT
    std::int64_t dies_at = kNever;
    std::string ending;
    bool own_fault = false;
    [[nodiscard]] bool acts() const { return lives && !stopped && !traced && !hangs; }
  };
  struct Event {
    std::int64_t when = 0;
    std::function<void()> what;
  };

  void enter(Cell& cell);
  [[nodiscard]] bool react(std::size_t cell);
  void react_all();
  void finish(std::size_t cell);
  [[nodiscard]] bool all_have_met(const Cell& cell) const;
  [[nodiscard]] std::int64_t next_time() const;
  void let_happen();
  void bury(std::size_t cell);

  Control& control_;
  Chance& chance_;
  std::vector<Cell> cells_;
  std::vector<Event> events_;
  std::vector<Death> unheard_;
  std::int64_t now_ = kSecond;
  std::int64_t frozen_ = 0;  // for this time from now on
  std::int64_t asleep_ = 0;  // total so far
  bool told_ = false;
  std::string broken_;
  std::uint64_t deaths_ = 0;
  std::uint64_t deaths_of_step_ = 0;
  std::uint64_t step_of_deaths_ = 0;
  std::vector<std::string> faults_of_step_;
};

}  // namespace forknet::run
