// When models that train apart are averaged. A round: the steps from one average to the next. Pure.
#pragma once

#include <forknet/config.h>

#include <algorithm>
#include <cstdint>

namespace forknet::run {

struct Rounds {
  std::int64_t every = GridConfig::kEpoch;  // steps, kEpoch or kEnd
  std::uint64_t steps_per_epoch = 1;
  std::uint64_t total = 0;  // steps of the run

  // Steps from one average to the next; 0: average only at the end.
  [[nodiscard]] std::uint64_t length() const {
    if (every == GridConfig::kEnd) return 0;
    return every == GridConfig::kEpoch ? steps_per_epoch : static_cast<std::uint64_t>(every);
  }
  // True: an average is due after this number of steps.
  [[nodiscard]] bool ends_at(std::uint64_t steps) const {
    return steps == total || (length() > 0 && steps > 0 && steps % length() == 0);
  }
  // The first end of a round after this number of steps.
  [[nodiscard]] std::uint64_t end_after(std::uint64_t steps) const {
    const std::uint64_t end = length() == 0 ? total : (steps / length() + 1) * length();
    return steps < total ? std::min(end, total) : end;
  }
};

}  // namespace forknet::run
