// Schedules of the learning rate: its course after the warm-up. forknet has those of docs/cli.md; a
// program can add its own (register_schedule) and use them by name in a config.
#pragma once

#include <forknet/result.h>
#include <forknet/settings.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace forknet {

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
};

// Adds a schedule of the program's own, at the top of main, before init() and before a config is
// read. Errors (config): as of register_optimizer().
[[nodiscard]] Status register_schedule(std::unique_ptr<ScheduleKind> schedule);

}  // namespace forknet
