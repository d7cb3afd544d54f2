#include "train/orders/service_words.h"

#include <fmt/format.h>

#include <cmath>

namespace forknet::run {

std::string service_text(const Snapshot& snapshot, bool first) {
  const bool goes_on =
      snapshot.state == "running" || snapshot.state == "paused" || snapshot.state == "held";
  return fmt::format("{}STATUS={}: step {} of {}, epoch {}, loss {}, {:.0f} samples/s",
                     !goes_on ? "STOPPING=1\n"
                     : first  ? "READY=1\n"
                              : "",
                     snapshot.state, snapshot.step, snapshot.steps, snapshot.epoch,
                     std::isnan(snapshot.loss) ? "nan" : fmt::format("{:.4f}", snapshot.loss),
                     snapshot.samples_per_second);
}

std::string reloading_text(std::int64_t monotonic_ns) {
  constexpr std::int64_t kMicrosecond = 1000;
  return fmt::format("RELOADING=1\nMONOTONIC_USEC={}", monotonic_ns / kMicrosecond);
}

}  // namespace forknet::run
