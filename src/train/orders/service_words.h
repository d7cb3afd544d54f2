// What a run tells the service manager that started it: pure texts and times.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "train/orders/status.h"

namespace forknet::run {

// READY=1 with the first snapshot (the training begins), STOPPING=1 once it comes to its end, and
// STATUS= in a line for people.
[[nodiscard]] std::string service_text(const Snapshot& snapshot, bool first);

// RELOADING=1 with the clock that the manager wants beside it.
[[nodiscard]] std::string reloading_text(std::int64_t monotonic_ns);

// When to feed the manager's watchdog: twice in its time, and only if the run has shown life since.
class WatchdogFeed {
 public:
  // Nothing: there is none to feed.
  explicit WatchdogFeed(std::optional<std::int64_t> period_ns) : period_ns_(period_ns) {}

  // True: now. `beats`: a number that changes while the run is alive.
  [[nodiscard]] bool due(std::int64_t now_ns, std::uint64_t beats) {
    if (!period_ns_ || beats == beats_ || now_ns - fed_ns_ < *period_ns_ / 2) return false;
    fed_ns_ = now_ns;
    beats_ = beats;
    return true;
  }
  // The longest that whoever feeds may sleep, at most `idle_ns`.
  [[nodiscard]] std::int64_t nap_ns(std::int64_t idle_ns) const {
    constexpr std::int64_t kLooks = 8;  // in the watchdog's time
    return period_ns_ ? std::min(idle_ns, *period_ns_ / kLooks) : idle_ns;
  }

 private:
  std::optional<std::int64_t> period_ns_;
  std::int64_t fed_ns_ = 0;
  std::uint64_t beats_ = 0;
};

}  // namespace forknet::run
