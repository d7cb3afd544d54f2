// How long a stopping run waits for its cells. Cells that are stopped (SIGSTOP) or hang are soon
// replaced, so that the others can finish the step. After the timeout the step is given up and the
// committed state is saved without the cells. Waiting and saving must fit into 8 seconds, because
// container runtimes kill after 10.
#pragma once

#include <fmt/format.h>
#include <forknet/result.h>

#include <atomic>
#include <cstdint>

namespace forknet::run {

class StopTimeout {
 public:
  // Both flags: not 0 when the run is to stop; null: never. Both outlive this object.
  explicit StopTimeout(const std::atomic<int>* stop, const std::atomic<int>* order = nullptr)
      : stop_(stop), order_(order) {}

  // Error (stopped): the timeout is over.
  [[nodiscard]] Status look(std::int64_t now, std::uint64_t committed) {
    if (waited(now) < kTimeout) return {};
    return Error{ErrorKind::stopped,
                 fmt::format("stopped without a checkpoint at step {}: its cells did not come to "
                             "rest within {} s\n  forknet train --resume goes on from there",
                             committed, kTimeout / kSecond)};
  }
  // True: do not wait any longer for a cell that makes no progress.
  [[nodiscard]] bool hurries(std::int64_t now) { return waited(now) >= kHurry; }

 private:
  static constexpr std::int64_t kSecond = 1'000'000'000;
  static constexpr std::int64_t kHurry = kSecond;
  static constexpr std::int64_t kTimeout = 6 * kSecond;

  static bool is_set(const std::atomic<int>* word) {
    return word != nullptr && word->load(std::memory_order_relaxed) != 0;
  }
  std::int64_t waited(std::int64_t now) {
    if (!is_set(stop_) && !is_set(order_)) return 0;
    if (seen_ns_ == 0) seen_ns_ = now;
    return now - seen_ns_;
  }

  const std::atomic<int>* stop_;
  const std::atomic<int>* order_;
  std::int64_t seen_ns_ = 0;  // when the stop was first seen
};

}  // namespace forknet::run
