// The results of a run and of an evaluation as text.
#pragma once

#include <forknet/train.h>

#include <string>

#include "nn/metric.h"

namespace forknet::report {

// finished run digits-20260101-120000 (5 epochs, 2345 steps, 1.6 s of training, 187,000 samples/s)
//   train       loss 0.0213  accuracy 99.41 %
//   test        loss 0.0621  accuracy 98.10 %
//   weights     0123… (the same for every layout and CPU)
//   folder      runs/digits-20260101-120000
[[nodiscard]] std::string result_text(const std::string& run, const std::string& folder,
                                      const TrainResult& result);

// "one cell", "one cell of 2 threads", "3 replicas of 2 threads"
[[nodiscard]] std::string layout_text(const GridConfig& grid);

// "the same for every layout and CPU": the layouts that end on the same digest.
[[nodiscard]] std::string holds_for(const GridConfig& grid);
// "accuracy 98.10 %"
[[nodiscard]] std::string metric_text(const nn::MetricEntry& metric, double value);
// "loss 0.0621  accuracy 98.10 %" or "loss …  rmse …  mae …  r2 …"
[[nodiscard]] std::string evaluation_text(const Evaluation& evaluation);

}  // namespace forknet::report
