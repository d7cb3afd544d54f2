// A model against rows of data: loss and metrics, or its outputs. Rows are taken in the order of
// the view, kEvaluationRows at a time; sums of a chunk are 16 lanes and a tree, chunks are added in
// double in ascending order, so the result depends on nothing but model and data.
#pragma once

#include <forknet/model.h>
#include <forknet/result.h>

#include <functional>
#include <span>
#include <vector>

#include "cell/network.h"
#include "data/view.h"
#include "math/target.h"
#include "nn/model_plan.h"

namespace forknet::run {

inline constexpr std::size_t kEvaluationRows = 256;

// Asked between chunks; true ends the evaluation early with an Error of kind stopped.
using StopAsked = std::function<bool()>;

// Whether a row is right or wrong: a loss of classes, or mse of class numbers as vectors of a 1 and
// zeros.
[[nodiscard]] bool counts_classes(const nn::ModelPlan& plan, const data::View& view);

template <class T>
class Evaluator {
 public:
  // Keeps a reference to the plan. The view's labels or targets have been checked against it.
  [[nodiscard]] static Result<Evaluator> create(const nn::ModelPlan& plan, math::Target target);

  [[nodiscard]] Result<Evaluation> evaluate(std::span<const T> parameters, const data::View& view,
                                            const StopAsked& stop = {});

  // Outputs (rows, outputs) row-major as Model::predict gives them, in the units of the targets,
  // chunk by chunk.
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
