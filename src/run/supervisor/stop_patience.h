// How long a run that is to stop waits for cells that stand still or work too long: then their step
// is given up.
#pragma once

#include <fmt/format.h>
#include <forknet/result.h>

#include <atomic>
#include <cstdint>

namespace forknet::run {

class StopPatience {
 public:
  // stop: not 0 when the run is to stop; null: nobody stops it. Outlives this.
  explicit StopPatience(const std::atomic<int>* stop) : stop_(stop) {}

  // Error (stopped): it has ended.
  [[nodiscard]] Status look(std::int64_t now, std::uint64_t committed) {
    if (stop_ == nullptr || stop_->load(std::memory_order_relaxed) == 0) return {};
    if (seen_ns_ == 0) seen_ns_ = now;
    if (now - seen_ns_ < kPatience) return {};
    return Error{ErrorKind::stopped,
                 fmt::format("stopped without a checkpoint at step {}: its cells did not come to "
                             "rest within {} s\n  forknet train --resume goes on from there",
                             committed, kPatience / 1'000'000'000)};
  }

 private:
  static constexpr std::int64_t kPatience = 12'000'000'000;
  const std::atomic<int>* stop_;
  std::int64_t seen_ns_ = 0;  // when it first looked after somebody had asked for a stop
};

}  // namespace forknet::run
