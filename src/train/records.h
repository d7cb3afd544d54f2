// Reports of a running training: lines of metrics, its status, the place of its state. T is float
// or double.
#pragma once

#include <forknet/train.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "nn/optimizer.h"
#include "train/cells.h"
#include "train/training.h"

namespace forknet::run {

template <class T>
class Records {
 public:
  // Both arguments outlive this object.
  Records(Training<T>& training, const Cells<T>& cells)
      : training_(training), cells_(cells), optimizer_(training.job.config.optimizer) {}

  // Called in the step loop: allocates nothing.
  void after_step();
  // Call when an epoch has been closed.
  void after_epoch(const std::optional<Evaluation>& validation);
  // Publishes the status of the run through the recorder, if there is one.
  void publish_status(std::string_view state, double loss);
  // Reports where the last step lies, and which events lose the steps since the last checkpoint.
  void report_state_place() const;
  // The mean loss of the steps since the last line, or else of the newest steps. NaN: no step yet.
  [[nodiscard]] double recent_loss() const;

 private:
  [[nodiscard]] Metrics metrics_now(Metrics::Kind kind, const Evaluation& figures) const;
  void record(const Metrics& metrics);

  Training<T>& training_;
  const Cells<T>& cells_;
  const nn::Optimizer optimizer_;
  std::int64_t published_ns_ = 0;
  bool metrics_failed_ = false;  // reported once until a line can be written again
};

}  // namespace forknet::run
