// The end of a round: the models of a run become its new center. T is float or double.
#pragma once

#include <forknet/config.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "average/models.h"
#include "data/sampler.h"
#include "math/model_mean.h"
#include "settings/averaging.h"
#include "store/weights.h"

namespace forknet::run {

// What the settings come to for so many models.
[[nodiscard]] inline math::OuterRule outer_rule(const AverageConfig& settings, std::size_t models) {
  return {settings.outer_lr, outer_momentum(settings, static_cast<std::int64_t>(models))};
}

// Rows that a model has seen since the center.
template <class T>
[[nodiscard]] std::uint64_t rows_in_round(const Models<T>& models, std::size_t model,
                                          const data::Sampler& sampler);

// The first model, of those that are not left out, that holds anything but finite numbers.
template <class T>
[[nodiscard]] std::optional<std::size_t> find_poisoned(const Models<T>& models);

// The mean of the models as they stand, weighted by the rows of this round; the center itself where
// none has left it. `out`: (numbers).
template <class T>
void mean_now(const Models<T>& models, const data::Sampler& sampler, std::span<const T> center,
              std::span<T> out);

// All models, but for those left out, have done the steps before `step`: their mean, an outer step
// and what the settings say of moments become the center's next version, then the center; it has
// two.
template <class T>
void end_round(Models<T>& models, const data::Sampler& sampler, const AverageConfig& settings,
               std::uint64_t step, store::Weights<T>& center);

}  // namespace forknet::run
