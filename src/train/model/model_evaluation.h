// All metrics of a model on some rows, and the table of its classes. Not part of the public
// interface in include/.
#pragma once

#include <forknet/dataset.h>
#include <forknet/model.h>
#include <forknet/result.h>

#include <optional>

#include "nn/metrics/classes/class_table.h"

namespace forknet {

struct ModelEvaluation {
  Evaluation evaluation;
  std::optional<nn::ClassTable> classes;  // nothing: the rows have no classes
};

// As Model::evaluate().
[[nodiscard]] Result<ModelEvaluation> evaluate_model(const Model& model, const Dataset& dataset);

}  // namespace forknet
