// The memory shape of models that train apart, computed from the settings: the same in the process
// of the run and in its workers' processes. T is float or double.
#pragma once

#include <forknet/config.h>

#include "average/models.h"
#include "average/round_end.h"
#include "nn/model_plan.h"
#include "nn/optimizer.h"
#include "settings/averaging.h"

namespace forknet::run {

template <class T>
[[nodiscard]] ModelsShape models_shape(const Config& config, const nn::ModelPlan& plan) {
  ModelsShape shape;
  shape.models = static_cast<std::size_t>(models_of(config.grid));
  shape.number_bytes = sizeof(T);
  shape.numbers = plan.numbers;
  shape.moments = nn::moment_count(config.optimizer);
  // A single model is never averaged.
  const math::OuterRule outer = outer_rule(config.average, shape.models);
  shape.has_velocity = shape.models > 1 && !outer.plain();
  shape.keeps_moments = shape.models > 1 && config.average.moments == AverageMoments::keep;
  return shape;
}

}  // namespace forknet::run
