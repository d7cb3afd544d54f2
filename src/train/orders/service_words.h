// The notifications of a run to its service manager (sd_notify): pure texts and times.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "train/orders/status.h"

namespace forknet::run {

// READY=1 with the first snapshot (training begins), STOPPING=1 once the run is ending, and STATUS=
// with one line for people.
[[nodiscard]] std::string service_text(const Snapshot& snapshot, bool first);

// RELOADING=1 with the monotonic clock that the service manager requires.
[[nodiscard]] std::string reloading_text(std::int64_t monotonic_ns);

// When to feed the watchdog: twice per period, and only if the run has shown life since.
class WatchdogFeed {
 public:
  // Nothing: there is no watchdog.
  explicit WatchdogFeed(std::optional<std::int64_t> period_ns) : period_ns_(period_ns) {}

  // True: feed now. `beats`: a number that changes while the run is alive.
  [[nodiscard]] bool due(std::int64_t now_ns, std::uint64_t beats) {
    if (!period_ns_ || beats == beats_ || now_ns - fed_ns_ < *period_ns_ / 2) return false;
    fed_ns_ = now_ns;
    beats_ = beats;
    return true;
  }
  // The longest sleep until the next call of due(), at most `idle_ns`.
  [[nodiscard]] std::int64_t nap_ns(std::int64_t idle_ns) const {
    constexpr std::int64_t kLooks = 8;  // per watchdog period
    return period_ns_ ? std::min(idle_ns, *period_ns_ / kLooks) : idle_ns;
  }

 private:
  std::optional<std::int64_t> period_ns_;
  std::int64_t fed_ns_ = 0;
  std::uint64_t beats_ = 0;
};

}  // namespace forknet::run
