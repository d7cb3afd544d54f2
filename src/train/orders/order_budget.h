// Limits the time that orders take from training: in the long run at most half. An order that can
// wait is applied once the run has trained for as long as earlier orders took. A short credit in
// advance keeps occasional orders prompt. Pure.
#pragma once

#include <algorithm>
#include <cstdint>

namespace forknet::run {

class OrderBudget {
 public:
  static constexpr std::int64_t kAdvanceNs = 50'000'000;
  // The least cost of a rest, whatever it is for.
  static constexpr std::int64_t kLeastNs = 1'000'000;

  [[nodiscard]] bool allows(std::int64_t now_ns) const { return now_ns >= due_ns_; }

  // Orders have kept the run from training from begin_ns to end_ns.
  void spend(std::int64_t begin_ns, std::int64_t end_ns) {
    const std::int64_t advance = std::min(kAdvanceNs, begin_ns - due_ns_);
    due_ns_ = end_ns + std::max(kLeastNs, end_ns - begin_ns) - advance;
  }

 private:
  std::int64_t due_ns_ = 0;
};

}  // namespace forknet::run
