#include "sweep/side_by_side.h"

#include <algorithm>

namespace forknet::sweep {
namespace {

constexpr std::int64_t kWindowNs = 600'000'000;
constexpr std::uint64_t kLeastSteps = 50;
// A run of slow steps is measured by fewer; one that does not go on (paused) holds up no others.
constexpr std::int64_t kLongestNs = 60'000'000'000;
constexpr std::uint64_t kFewSteps = 5;
// The better of two windows counts: an evaluation or another program disturbs one of them.
constexpr int kWindows = 2;
constexpr double kGain = 1.03;

}  // namespace

bool SideBySide::same_trials(std::span<const Pace> running) const {
  return std::equal(running.begin(), running.end(), trials_.begin(), trials_.end(),
                    [](const Pace& pace, std::size_t trial) { return pace.trial == trial; });
}

void SideBySide::open(std::int64_t now_ns, std::span<const Pace> running) {
  trials_.clear();
  for (const Pace& pace : running) trials_.push_back(pace.trial);
  window_ = Window{now_ns, running.front().steps};
}

void SideBySide::look(std::int64_t now_ns, std::span<const Pace> running) {
  if (settled_) return;
  if (allowed_ >= most_ && allowed_ == 1) {
    settled_ = true;
    return;
  }
  if (window_ && !same_trials(running)) {
    // One has ended, or was started after another had ended: too short to measure.
    window_.reset();
    return climb();
  }
  const bool all_train =
      running.size() == allowed_ &&
      std::all_of(running.begin(), running.end(), [](const Pace& pace) { return pace.steps > 0; });
  if (!all_train) return;
  // A run that was killed goes on from an earlier step.
  if (!window_ || running.front().steps < window_->steps) return open(now_ns, running);
  const std::int64_t passed = now_ns - window_->begin_ns;
  const std::uint64_t steps = running.front().steps - window_->steps;
  if (passed < kWindowNs || (steps < kLeastSteps && passed < kLongestNs)) return;
  if (steps < kFewSteps) return climb();
  rate_ = std::max(rate_, static_cast<double>(steps) * 1e9 / static_cast<double>(passed));
  if (++windows_ < kWindows) return open(now_ns, running);
  conclude(running.front().trial);
}

void SideBySide::conclude(std::size_t first) {
  if (allowed_ == 1) {
    first_ = first;
    alone_ = rate_;
    best_ = 1;
    best_at_ = 1;
    return climb();
  }
  if (alone_ == 0 || first != first_) return climb();  // nothing to compare with
  const double work = static_cast<double>(allowed_) * rate_ / alone_;
  if (work < best_ * kGain) {
    allowed_ = best_at_;
    settled_ = true;
    return;
  }
  best_ = work;
  best_at_ = allowed_;
  gain_ = work;
  climb();
}

void SideBySide::climb() {
  window_.reset();
  windows_ = 0;
  rate_ = 0;
  if (allowed_ >= most_) {
    settled_ = true;
  } else {
    allowed_ = std::min(most_, allowed_ * 2);
  }
}

}  // namespace forknet::sweep
