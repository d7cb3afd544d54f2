// Trains the runs of a plan side by side, each in a process and a folder of its own. Keeps nothing
// besides these folders: a sweep that was stopped or killed is started again with the same plan,
// takes the results that exist and resumes what was begun.
#pragma once

#include <forknet/result.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sweep/outcome.h"
#include "sweep/plan/plan.h"
#include "sweep/side_by_side.h"
#include "sweep/trial_process.h"

namespace forknet::sweep {

// One run of the plan, as it stands.
struct Standing {
  enum class State { waits, elsewhere, trains, ended } state = State::waits;
  Trial trial;
  std::optional<Outcome> outcome;  // ended
  bool reused = false;             // its result was there before this start
  std::string changed;             // reused: a file of its data that has changed since; or empty
  bool resumed = false;            // it goes on from an earlier step
  Live live;                       // trains
};

class Sweep {
 public:
  // `stop`: a value other than 0 ends it: the runs save and end.
  Sweep(Plan plan, const std::atomic<int>& stop);

  // Called several times a second, and once more at the end. Must not wait.
  using OnLook = std::function<void(const Sweep&)>;
  // A run ended, or could not be started; its number.
  using OnEnd = std::function<void(const Sweep&, std::size_t trial)>;
  // Trains until all runs have ended. Error (internal): the system grants no process at all.
  [[nodiscard]] Status train(const OnLook& on_look, const OnEnd& on_end);

  [[nodiscard]] const Plan& plan() const { return plan_; }
  [[nodiscard]] const std::vector<Standing>& trials() const { return trials_; }
  [[nodiscard]] const SideBySide& side_by_side() const { return pace_; }
  // Before all had ended: some were not trained to their end.
  [[nodiscard]] bool stopped() const { return stopped_; }

 private:
  struct Running {
    std::size_t trial = 0;
    TrialProcess process;
    std::uint64_t first_step = 0;  // at which this process goes on
  };
  enum class Started { yes, not_now, ended };
  void begin_some(const OnEnd& on_end);
  Started begin(std::size_t trial);
  Started start(std::size_t trial, const std::vector<std::string>& words);
  void reap(const OnEnd& on_end);
  void settle(Running& ended);
  void look();
  void wait();
  void end(std::size_t trial, Outcome outcome);
  [[nodiscard]] bool has_memory() const;
  [[nodiscard]] bool any_waits() const;
  [[nodiscard]] bool any_left() const;

  Plan plan_;
  const std::atomic<int>& stop_;
  std::vector<Standing> trials_;
  std::vector<int> deaths_;  // of each run's processes, by signals
  std::vector<Running> running_;
  SideBySide pace_;
  TrialHost host_;
  bool stopping_ = false;
  bool stopped_ = false;
};

// Whether the memory that is available is enough for another run, beside runs of which the largest
// takes so many bytes.
[[nodiscard]] bool fits_memory(std::uint64_t largest, std::optional<std::uint64_t> available);

// The most runs at a time that the CPUs allow, by the threads of the costliest run.
[[nodiscard]] std::size_t most_at_a_time(const Plan& plan, int cpus);

}  // namespace forknet::sweep
