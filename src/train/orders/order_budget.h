// How long orders may keep a run from training: in the long run as long as it trains. An order that
// can wait is carried out once the run has trained for as long as the orders before it took; a
// moment's worth is granted in advance, so that orders now and then are never late. Pure.
#pragma once

#include <algorithm>
#include <cstdint>

namespace forknet::run {

class OrderBudget {
 public:
  static constexpr std::int64_t kAdvanceNs = 50'000'000;
  // A rest costs the cells as much at least, whatever is done in it.
  static constexpr std::int64_t kLeastNs = 1'000'000;

  [[nodiscard]] bool allows(std::int64_t now_ns) const { return now_ns >= due_ns_; }

  // Orders have kept the run from training meanwhile.
  void spend(std::int64_t begin_ns, std::int64_t end_ns) {
    const std::int64_t advance = std::min(kAdvanceNs, begin_ns - due_ns_);
    due_ns_ = end_ns + std::max(kLeastNs, end_ns - begin_ns) - advance;
  }

 private:
  std::int64_t due_ns_ = 0;
};

}  // namespace forknet::run
