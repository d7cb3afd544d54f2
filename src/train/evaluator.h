// Evaluates a model on rows of data: loss and metrics, or outputs. Rows are taken in the order of
// the view, kEvaluationRows at a time. A chunk is summed in 16 lanes and a tree; chunks are added
// in double in ascending order. So the result depends only on model and data.
//
// Without more it computes the metrics that training shows; others keep or compute more.
#pragma once

#include <forknet/model.h>
#include <forknet/result.h>

#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "cell/network.h"
#include "data/view.h"
#include "math/target.h"
#include "nn/metric.h"
#include "nn/metrics/classes/class_table.h"
#include "nn/model_plan.h"

namespace forknet::run {

inline constexpr std::size_t kEvaluationRows = 256;

// What an evaluation computes besides the metrics that training shows.
struct MoreMetrics {
  bool all = false;                                  // all metrics that the rows have
  std::string_view also = {};                        // or this one, by its name
  std::optional<nn::ClassTable>* classes = nullptr;  // filled for rows with classes; or null
};

// Called between chunks. True ends the evaluation early with an Error of kind stopped.
using StopAsked = std::function<bool()>;

// What metrics are told of the rows of a view.
[[nodiscard]] nn::MetricInput metric_input(const nn::ModelPlan& plan, const data::View& view);

// True: the metric is defined for these rows.
[[nodiscard]] bool has_metric(const nn::MetricEntry& metric, const nn::ModelPlan& plan,
                              const data::View& view);

// True: accuracy is defined. The loss is a loss of classes, or one of numbers on class labels.
[[nodiscard]] bool counts_classes(const nn::ModelPlan& plan, const data::View& view);

template <class T>
class Evaluator {
 public:
  // Keeps a reference to the plan. The view's labels or targets must have been checked against it.
  [[nodiscard]] static Result<Evaluator> create(const nn::ModelPlan& plan, math::Target target);

  [[nodiscard]] Result<Evaluation> evaluate(std::span<const T> parameters, const data::View& view,
                                            const StopAsked& stop = {},
                                            const MoreMetrics& more = {});

  // Receives outputs (rows, outputs), row-major, in the units of the targets as Model::predict
  // returns them, chunk by chunk.
  using Sink = std::function<Status(std::span<const float> rows)>;
  [[nodiscard]] Status predict(std::span<const T> parameters, const data::View& view,
                               const Sink& sink);

 private:
  Evaluator(const nn::ModelPlan& plan, cell::Workspace<T> workspace, math::Target target);

  const nn::ModelPlan* plan_;
  math::Target target_;
  cell::Workspace<T> workspace_;
};

}  // namespace forknet::run
