// Schedules of the learning rate: its course after the warm-up. forknet has those of docs/cli.md; a
// program can add its own (register_schedule) and use them by name in a config.
#pragma once

#include <forknet/result.h>
#include <forknet/settings.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace forknet {

// What a schedule that follows the validation results keeps from one evaluation to the next. Part
// of the committed state of a run, so that a resume continues with it.
struct ScheduleMemory {
  std::optional<double> best = {};
  std::uint64_t evaluations_since_best = 0;
  friend bool operator==(const ScheduleMemory&, const ScheduleMemory&) = default;
};

// One schedule. Its methods are pure functions, called from many threads and processes at once: no
// worker holds state of a schedule. Uses only operations that give the same bits on every machine
// (no libm functions beyond sqrt and fma).
class ScheduleKind {
 public:
  virtual ~ScheduleKind() = default;

  // The value of optimizer.schedule: letters, digits and "_". Valid as long as the object.
  [[nodiscard]] virtual std::string_view name() const = 0;
  // Its settings in [optimizer].
  [[nodiscard]] virtual std::vector<SettingSpec> settings() const { return {}; }
  // The names of those settings that are learning rates: they are scaled together with lr.
  [[nodiscard]] virtual std::vector<std::string> rates() const { return {}; }
  // The learning rate of the step after `done` steps since the warm-up, of `planned` steps of the
  // run after it; `lr` is the base rate. `settings` has a value for each of settings().
  [[nodiscard]] virtual double rate(double lr, std::uint64_t done, std::uint64_t planned,
                                    const Settings& settings) const = 0;
  // Whether rate() depends on `planned`: a resume that changes the length of the run says so.
  [[nodiscard]] virtual bool follows_length(const Settings& /*settings*/) const { return false; }

  // Whether the base rate follows the loss on the validation set, which the run must then have.
  [[nodiscard]] virtual bool follows_validation() const { return false; }
  // For such a schedule: called by the process of the run after each evaluation since the end of
  // the warm-up, `lr` being the base rate of the last step. Returns that of the next one. The
  // result and the next memory depend on the arguments alone. A rate that changes restarts the
  // cells.
  [[nodiscard]] virtual double next_base(double lr, double /*loss*/, ScheduleMemory& /*memory*/,
                                         const Settings& /*settings*/) const {
    return lr;
  }
};

// Adds a schedule of the program's own, at the top of main, before init() and before a config is
// read. Errors (config): as of register_optimizer().
[[nodiscard]] Status register_schedule(std::unique_ptr<ScheduleKind> schedule);

}  // namespace forknet
