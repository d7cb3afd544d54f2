// What a training tells while it goes on: lines of metrics, its status, where its state lies. T is
// float or double.
#pragma once

#include <forknet/train.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "train/cells.h"
#include "train/training.h"

namespace forknet::run {

template <class T>
class Records {
 public:
  // Both outlive it.
  Records(Training<T>& training, const Cells<T>& cells) : training_(training), cells_(cells) {}

  // Called in the step loop: allocates nothing.
  void after_step();
  // An epoch has been closed.
  void after_epoch(const std::optional<Evaluation>& validation);
  // How the run stands, for those who ask from outside. Nothing without a recorder.
  void publish_status(std::string_view state, double loss);
  // Where the last step lies, and what costs the steps since the last checkpoint.
  void report_state_place() const;
  // Of the steps since the last line; where there are none, of the newest there are. No number:
  // there has been no step.
  [[nodiscard]] double recent_loss() const;

 private:
  [[nodiscard]] Metrics metrics_now(Metrics::Kind kind, const Evaluation& figures) const;
  void record(const Metrics& metrics);

  Training<T>& training_;
  const Cells<T>& cells_;
  std::int64_t published_ns_ = 0;
  bool metrics_failed_ = false;  // said once until a line is written again
};

}  // namespace forknet::run
